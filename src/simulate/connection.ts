/** A connection as the proxy that takes it sees it. */
export interface Connection {
  readonly address: string
  readonly port: number
  /** Of the TLS that it begins with. */
  readonly tls?: { readonly sni?: string; readonly alpn: readonly string[] }
  /** Whether the proxy ended TLS of its own here. */
  readonly secured: boolean
  /** URIs of the certificate that the caller showed; empty: none was shown. */
  readonly callerUris: readonly string[]
  /** What filters remembered for later ones. */
  readonly filterState: Map<string, string>
}

/**
 * What a proxy's companion (kuma-dp) says when it asks for a bootstrap configuration: the body of `POST /bootstrap`.
 * Source: Kuma's BootstrapRequest. `mesh` and `name` alone are enough, as its first versions sent them.
 */
export interface BootstrapRequest {
  readonly mesh: string
  readonly name: string
  readonly proxyType?: ProxyType
  readonly dataplaneToken?: string
  /** Where the token lies on the proxy's machine. */
  readonly dataplaneTokenPath?: string
  /** The proxy's own resource as YAML or JSON text, where it wasn't created before. */
  readonly dataplaneResource?: string
  readonly version?: ProxyVersion
  /** PEM text of the CA by which the proxy wants to know the control plane. */
  readonly caCert?: string
  readonly dynamicMetadata?: Readonly<Record<string, string>>
  readonly otelEnv?: Readonly<Record<string, unknown>>
  /** Port of Envoy's admin interface on loopback; only older companions say it. */
  readonly adminPort?: number
  readonly dnsPort?: number
  readonly readinessPort?: number
  /** True where the probe proxy is ENABLED: the field's name says the contrary, and has to stay for old companions. */
  readonly appProbeProxyDisabled?: boolean
  readonly operatingSystem?: string
  readonly features?: readonly string[]
  readonly resources?: { readonly maxHeapSizeBytes?: number }
  /** Folder for the sockets between Envoy and its companion. */
  readonly workdir?: string
  readonly metricsResources?: { readonly certPath?: string; readonly keyPath?: string }
  readonly systemCaPath?: string
  /** Transparent proxy settings. */
  readonly dataplaneConfig?: Readonly<Record<string, unknown>>
  readonly ipv6Enabled?: boolean
  readonly spireResources?: { readonly socketPath?: string }
}

export type ProxyType = 'dataplane' | 'ingress' | 'egress'

export interface ProxyVersion {
  readonly kumaDp?: {
    readonly version?: string
    readonly gitTag?: string
    readonly gitCommit?: string
    readonly buildDate?: string
  }
  readonly envoy?: { readonly version?: string; readonly build?: string; readonly kumaDpCompatible?: boolean }
}

/** Things a companion can do that change what its proxy is sent. */
export const proxyFeature = {
  deltaXds: 'feature-delta-grpc',
  unifiedNaming: 'feature-unified-resource-naming',
} as const

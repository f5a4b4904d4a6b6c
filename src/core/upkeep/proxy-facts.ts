/** What a control plane saw of a proxy, as far as other resources follow from it. */
export interface ProxyFacts {
  readonly connected: boolean
  /** The CA backend of the mesh's mTLS that its certificate is of; absent: it has none. */
  readonly certifiedBy?: string
  /** When its last connection ended, in milliseconds since 1970. */
  readonly offlineSince?: number
}

/** Of a proxy that nobody has seen. */
export const neverSeen: ProxyFacts = { connected: false }

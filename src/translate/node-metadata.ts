/**
 * What a proxy says of itself in its Envoy node's metadata, as far as it shapes the configuration.
 * Source: Kuma's bootstrap and "DataplaneMetadata".
 */
export interface NodeMetadata {
  readonly features: ReadonlySet<string>
  /** Port of Envoy's admin interface, where there is one. */
  readonly adminPort?: number
  readonly adminAddress?: string
  /** Unix socket that takes the place of the admin interface's address and port. */
  readonly adminSocketPath?: string
  readonly readinessPort?: number
  readonly dnsPort?: number
  readonly appProbeProxyEnabled: boolean
  /** Whether the proxy has IPv6; true unless it says otherwise. */
  readonly ipv6Enabled: boolean
  readonly workDir?: string
  readonly systemCaPath?: string
  readonly metricsCertPath?: string
  readonly metricsKeyPath?: string
  /** Transparent proxy settings, when the proxy carries them in its metadata. */
  readonly transparentProxy?: TransparentProxyMetadata
  readonly version: { readonly kumaDp?: string; readonly envoy?: string }
  readonly dynamic: Readonly<Record<string, string>>
  /** The metadata as it came, for what only one policy reads. */
  readonly raw: Readonly<Record<string, unknown>>
}

export interface TransparentProxyMetadata {
  readonly ipFamilyMode?: string
  readonly redirect?: {
    readonly inbound?: { readonly enabled?: boolean; readonly port?: number }
    readonly outbound?: { readonly enabled?: boolean; readonly port?: number }
    readonly dns?: { readonly enabled?: boolean; readonly port?: number }
  }
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Metadata carries ports as decimal text. */
function port(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN
  return Number.isInteger(number) && number > 0 && number <= 65535 ? number : undefined
}

/** Reads a node's metadata; whatever doesn't have the expected shape counts as not said. */
export function readNodeMetadata(raw: Readonly<Record<string, unknown>> = {}): NodeMetadata {
  const version = record(raw['version'])
  const features = Array.isArray(raw['features']) ? raw['features'].filter((f): f is string => typeof f === 'string') : []
  return {
    features: new Set(features),
    adminPort: port(raw['dataplane.admin.port']),
    adminAddress: text(raw['dataplane.admin.address']),
    adminSocketPath: text(raw['dataplane.admin.socketPath']),
    readinessPort: port(raw['dataplane.readinessReporter.port']),
    dnsPort: port(raw['dataplane.dns.port']),
    appProbeProxyEnabled: raw['dataplane.appProbeProxy.enabled'] === 'true',
    ipv6Enabled: raw['ipv6Enabled'] !== false && raw['ipv6Enabled'] !== 'false',
    workDir: text(raw['workdir']),
    systemCaPath: text(raw['systemCaPath']),
    metricsCertPath: text(raw['metricsCertPath']),
    metricsKeyPath: text(raw['metricsKeyPath']),
    transparentProxy: features.includes('feature-transparent-proxy-in-dataplane-metadata')
      ? (record(raw['transparentProxy']) as TransparentProxyMetadata)
      : undefined,
    version: { kumaDp: text(record(version['kumaDp'])['version']), envoy: text(record(version['envoy'])['version']) },
    dynamic: record(raw['dynamicMetadata']) as Record<string, string>,
    raw,
  }
}

import { parseDuration } from '../../core/duration.js'
import type { ProxyType } from '../../translate/bootstrap.js'
import { CliFailure } from '../failure.js'
import { type PortRange, parsePortRange } from './admin-port.js'

/** What `kuma-dp run` was told on the command line, as texts. */
export interface RunFlags {
  readonly name?: string
  readonly mesh?: string
  readonly proxyType?: string
  readonly drainTime?: string
  readonly cpAddress?: string
  readonly caCertFile?: string
  readonly skipVerify?: boolean
  readonly adminPort?: string
  readonly binaryPath?: string
  readonly concurrency?: string
  readonly configDir?: string
  readonly workDir?: string
  readonly dataplaneTokenFile?: string
  readonly dataplaneToken?: string
  readonly dataplane?: string
  readonly dataplaneFile?: string
  readonly dataplaneVar?: Readonly<Record<string, string>>
  readonly envoyLogLevel?: string
  readonly envoyComponentLogLevel?: string
  readonly metricsCertPath?: string
  readonly metricsKeyPath?: string
  readonly bindOutbounds?: boolean
  readonly dnsEnabled?: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The settings of `kuma-dp run`: flags first, then the environment, then Kuma's defaults. */
export interface RunSettings {
  /** Where the bootstrap is asked for. */
  readonly bootstrapUrl: URL
  /** PEM text, or a file with it, of the CA of the control plane. */
  readonly caCert?: string
  readonly caCertFile?: string
  readonly skipVerify: boolean
  readonly retryBackoffMs: number
  readonly retryMaxMs: number
  readonly proxyType: ProxyType
  /** Absent where the proxy's resource tells. */
  readonly mesh?: string
  readonly name?: string
  /** The proxy's resource: text, or a file with it (`-`: standard input). */
  readonly resource?: string
  readonly resourceFile?: string
  readonly variables: Readonly<Record<string, string>>
  readonly token?: string
  readonly tokenFile?: string
  readonly drainTimeMs: number
  /** How often Envoy is asked for what the control plane has for kuma-dp. */
  readonly dynamicConfigRefreshMs: number
  /** Told by the user: it has to be free. Else any other will do where it is taken. */
  readonly readinessPort: { readonly port: number; readonly told: boolean }
  /** Absent: a Unix socket in the work folder. */
  readonly adminPorts?: PortRange
  readonly binaryPath?: string
  /** Absent: a temporary folder. */
  readonly workDir?: string
  readonly concurrency?: number
  /** Absent: that of kuma-dp itself. */
  readonly envoyLogLevel?: string
  readonly envoyComponentLogLevel?: string
  readonly maxMemoryBytes?: number
  /** Port of kuma-dp's DNS server; absent: it has none. */
  readonly dnsPort?: number
  /** Where the kubelet's probes of the application are answered; absent: nowhere. */
  readonly probeProxyPort?: number
  /** Of the Pod. */
  readonly instanceIp?: string
  readonly metrics: { readonly certPath?: string; readonly keyPath?: string }
  readonly systemCaPath?: string
  readonly spireSocketPath?: string
  readonly ipv6Enabled: boolean
  readonly features: readonly string[]
  readonly hostIp?: string
}

/** @throws CliFailure that names the setting, what was found and what is allowed */
export function readSettings(flags: RunFlags, env: Environment): RunSettings {
  const setting = (name: string): string | undefined => env[`KUMA_${name}`] || undefined
  const proxyType = oneOf('--proxy-type', flags.proxyType ?? setting('DATAPLANE_PROXY_TYPE') ?? 'dataplane', [
    'dataplane',
    'ingress',
    'egress',
  ])
  const resource = flags.dataplane ?? setting('DATAPLANE_RUNTIME_RESOURCE')
  const resourceFile = flags.dataplaneFile ?? setting('DATAPLANE_RUNTIME_RESOURCE_PATH')
  const mesh = flags.mesh ?? setting('DATAPLANE_MESH')
  const name = flags.name ?? setting('DATAPLANE_NAME') ?? podName(env)
  const fromResource = resource !== undefined || resourceFile !== undefined
  if (fromResource && (mesh !== undefined || name !== undefined)) {
    throw new CliFailure('--name and --mesh go without a dataplane definition: with one, its own mesh and name count')
  }
  if (!fromResource && name === undefined) throw new CliFailure('the name of the proxy is missing: --name or KUMA_DATAPLANE_NAME')
  const readiness = setting('READINESS_PORT')
  const dnsPort =
    (flags.dnsEnabled ?? flag('DNS_ENABLED', true)) ? number('KUMA_DNS_PROXY_PORT', setting('DNS_PROXY_PORT') ?? '0', 0, 65535) : 0
  const adminPort = flags.adminPort ?? env['KUMA_DATAPLANE_ADMIN_PORT']
  return {
    bootstrapUrl: bootstrapUrl(flags, setting),
    caCert: setting('CONTROL_PLANE_CA_CERT'),
    caCertFile: flags.caCertFile ?? setting('CONTROL_PLANE_CA_CERT_FILE'),
    skipVerify: flags.skipVerify ?? flag('CONTROL_PLANE_TLS_SKIP_VERIFY', false),
    retryBackoffMs: milliseconds('KUMA_CONTROL_PLANE_RETRY_BACKOFF', setting('CONTROL_PLANE_RETRY_BACKOFF') ?? '3s'),
    retryMaxMs: milliseconds('KUMA_CONTROL_PLANE_RETRY_MAX_DURATION', setting('CONTROL_PLANE_RETRY_MAX_DURATION') ?? '5m'),
    proxyType,
    mesh: fromResource ? undefined : (mesh ?? (proxyType === 'dataplane' ? 'default' : '')),
    name,
    resource,
    resourceFile,
    variables: flags.dataplaneVar ?? {},
    token: flags.dataplaneToken ?? setting('DATAPLANE_RUNTIME_TOKEN'),
    tokenFile: flags.dataplaneTokenFile ?? setting('DATAPLANE_RUNTIME_TOKEN_PATH'),
    drainTimeMs: milliseconds('--drain-time', flags.drainTime ?? setting('DATAPLANE_DRAIN_TIME') ?? '30s'),
    dynamicConfigRefreshMs: milliseconds(
      'KUMA_DATAPLANE_RUNTIME_DYNAMIC_CONFIGURATION_REFRESH_INTERVAL',
      setting('DATAPLANE_RUNTIME_DYNAMIC_CONFIGURATION_REFRESH_INTERVAL') ?? '1s',
    ),
    readinessPort: { port: number('KUMA_READINESS_PORT', readiness ?? '9902', 1, 65535), told: readiness !== undefined },
    adminPorts: adminPort === undefined ? undefined : parsePortRange('--admin-port', adminPort),
    binaryPath: flags.binaryPath ?? setting('DATAPLANE_RUNTIME_BINARY_PATH'),
    workDir: flags.workDir ?? setting('DATAPLANE_RUNTIME_WORK_DIR') ?? flags.configDir ?? setting('DATAPLANE_RUNTIME_CONFIG_DIR'),
    concurrency:
      optional(flags.concurrency ?? setting('DATAPLANE_RUNTIME_CONCURRENCY'), (text) => number('--concurrency', text, 0, 1024)) ||
      undefined,
    envoyLogLevel: flags.envoyLogLevel ?? setting('DATAPLANE_RUNTIME_ENVOY_LOG_LEVEL'),
    envoyComponentLogLevel: flags.envoyComponentLogLevel ?? setting('DATAPLANE_RUNTIME_ENVOY_COMPONENT_LOG_LEVEL'),
    maxMemoryBytes: optional(setting('DATAPLANE_RESOURCES_MAX_MEMORY_BYTES'), (text) =>
      number('KUMA_DATAPLANE_RESOURCES_MAX_MEMORY_BYTES', text, 0, Number.MAX_SAFE_INTEGER),
    ),
    dnsPort: dnsPort || undefined,
    probeProxyPort: number('KUMA_APPLICATION_PROBE_PROXY_PORT', setting('APPLICATION_PROBE_PROXY_PORT') ?? '0', 0, 65535) || undefined,
    instanceIp: env['INSTANCE_IP'] || undefined,
    metrics: {
      certPath: flags.metricsCertPath ?? setting('DATAPLANE_RUNTIME_METRICS_CERT_PATH'),
      keyPath: flags.metricsKeyPath ?? setting('DATAPLANE_RUNTIME_METRICS_KEY_PATH'),
    },
    systemCaPath: setting('DATAPLANE_RUNTIME_DYNAMIC_SYSTEM_CA_PATH'),
    spireSocketPath: setting('DATAPLANE_RUNTIME_SPIRE_SOCKET_PATH'),
    ipv6Enabled: flag('DATAPLANE_RUNTIME_IPV6_ENABLED', true),
    features: features(),
    hostIp: env['HOST_IP'] || undefined,
  }

  function flag(name: string, fallback: boolean): boolean {
    const text = setting(name)
    if (text === undefined) return fallback
    return ['true', '1'].includes(oneOf(`KUMA_${name}`, text, ['true', 'false', '1', '0']))
  }

  function features(): string[] {
    const transport = oneOf(
      'KUMA_DATAPLANE_RUNTIME_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT',
      setting('DATAPLANE_RUNTIME_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT') ?? 'GRPC',
      ['GRPC', 'DELTA_GRPC'],
    )
    const all: [string, boolean][] = [
      ['feature-tcp-accesslog-via-named-pipe', true],
      ['feature-embedded-dns', dnsPort !== 0],
      ['feature-reuse-port', flag('DATAPLANE_RUNTIME_REUSE_PORT_ENABLED', true)],
      ['feature-strict-inbound-ports', flag('DATAPLANE_RUNTIME_STRICT_INBOUND_PORTS_ENABLED', true)],
      ['feature-unified-resource-naming', flag('DATAPLANE_RUNTIME_UNIFIED_RESOURCE_NAMING_ENABLED', false)],
      ['feature-bind-outbounds', flags.bindOutbounds ?? flag('DATAPLANE_RUNTIME_BIND_OUTBOUNDS', false)],
      ['feature-delta-grpc', transport === 'DELTA_GRPC'],
    ]
    return all.filter(([, on]) => on).map(([feature]) => feature)
  }
}

/** In a Kubernetes pod the proxy is named after it. */
function podName({ POD_NAME, POD_NAMESPACE }: Environment): string | undefined {
  return POD_NAME && POD_NAMESPACE ? `${POD_NAME}.${POD_NAMESPACE}` : undefined
}

/**
 * Today's setting names the dp server (5678). Kuma 0.2 named the bootstrap server (5682), Kuma 0.3 and 0.4 the API (5681),
 * beside which the bootstrap server was.
 */
function bootstrapUrl({ cpAddress }: RunFlags, setting: (name: string) => string | undefined): URL {
  const today = cpAddress ?? setting('CONTROL_PLANE_URL')
  const bootstrapServer = setting('CONTROL_PLANE_BOOTSTRAP_SERVER_URL')
  const api = setting('CONTROL_PLANE_API_SERVER_URL')
  const text = today ?? bootstrapServer ?? api ?? 'https://localhost:5678'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new CliFailure(`"${text}" is no address of a control plane: expected a URL such as https://localhost:5678`)
  }
  if (text === api && url.port === '5681') url.port = '5682'
  url.pathname = '/bootstrap'
  return url
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text)
  if (found === undefined) throw new CliFailure(`${name} "${text}": expected ${allowed.join(', ')}`)
  return found
}

function number(name: string, text: string, from: number, to: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < from || value > to) throw new CliFailure(`${name} "${text}": expected a number from ${from} to ${to}`)
  return value
}

function optional<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text)
}

/** @throws CliFailure that names the setting */
export function milliseconds(name: string, text: string): number {
  const parsed = parseDuration(text)
  const value = parsed.ok ? Number(parsed.nanos / 1_000_000n) : 0
  if (value <= 0) throw new CliFailure(`${name} "${text}": expected a duration longer than nothing, such as 30s`)
  return value
}

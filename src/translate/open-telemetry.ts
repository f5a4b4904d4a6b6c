import type { MeshOpenTelemetryBackendSpec } from '../core/kinds/mesh-open-telemetry-backend.js'
import type { Issue } from '../core/issue.js'
import { displayNameOf } from '../core/kri.js'
import type { CollectorRef } from '../core/open-telemetry.js'
import type { Resource } from '../core/resource.js'
import type { ClusterDraft } from './draft.js'
import { isIPv6 } from './envoy/address.js'
import { pipeCluster, speakHttp, staticCluster } from './envoy/cluster.js'
import { externalTlsSocket } from './envoy/external-tls.js'
import type { MeshContext } from './mesh-context.js'
import type { ProxyContext } from './proxy.js'
import { socketPath } from './sockets.js'
import { creationOrder } from './source-destination.js'

/** An OpenTelemetry collector, as an endpoint names it or a MeshOpenTelemetryBackend describes it. */
export interface Collector {
  readonly name: string
  /** Empty: on the proxy's own machine. */
  readonly host: string
  readonly port: number
  readonly protocol: 'grpc' | 'http'
  /** Below which paths of its own OTLP over HTTP starts. */
  readonly path?: string
  /** The backend that a policy refers to; absent where the policy has an endpoint. */
  readonly backend?: Resource<MeshOpenTelemetryBackendSpec>
}

const defaultPort = 4317

/** The collector that a policy means; `undefined` where it refers to a backend that there isn't. */
export function resolveCollector({ endpoint, backendRef }: CollectorRef, mesh: MeshContext): Collector | undefined {
  if (!backendRef) return endpoint ? { name: endpoint, ...hostAndPort(endpoint), protocol: 'grpc' } : undefined
  const labels = Object.entries(backendRef.labels ?? {})
  const matching = mesh
    .resourcesOf<MeshOpenTelemetryBackendSpec>('MeshOpenTelemetryBackend')
    .filter((resource) => labels.length > 0 && labels.every(([key, value]) => resource.labels[key] === value))
  const [first, ...others] = matching
  if (!first) return undefined
  const backend = others.reduce((oldest, other) => (creationOrder(other) < creationOrder(oldest) ? other : oldest), first)
  const { endpoint: place, protocol = 'grpc' } = backend.spec
  const { address = '', port = defaultPort, path } = place ?? {}
  return { name: displayNameOf(backend), host: address, port, protocol, path, backend }
}

/** What to tell about a policy that refers to a backend that there isn't. */
export function missingCollector(policyType: string, { backendRef }: CollectorRef): Issue {
  const labels = Object.entries(backendRef?.labels ?? {}).map(([key, value]) => `${key}: ${value}`)
  const message = `${policyType}: no MeshOpenTelemetryBackend of the mesh has the labels {${labels.join(', ')}}; nothing is sent there`
  return { level: 'warning', code: 'unknown-backend', path: 'spec', message }
}

/** Reads `host:port`. Without a usable port it is that of OTLP over gRPC; an IPv6 address may stand without brackets. */
function hostAndPort(endpoint: string): { readonly host: string; readonly port: number } {
  const bare = /^[^[]*:[^[]*:[^[]*$/.test(endpoint)
  const parts = bare ? null : /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d*))?$/.exec(endpoint)
  if (!parts) return { host: endpoint, port: defaultPort }
  const port = Number(parts[3] || 0)
  return { host: parts[1] ?? parts[2] ?? '', port: port > 0 && port <= 0xffff ? port : defaultPort }
}

/** Whether the proxy's data goes to the collector through kuma-dp, which Envoy reaches by a Unix socket. */
export function goesThroughDataplane({ backend }: Collector, { metadata }: ProxyContext): boolean {
  return backend !== undefined && metadata.features.has('feature-otel-via-kuma-dp')
}

/** Where Envoy itself dials the collector. */
export function collectorHost({ host }: Collector, { metadata }: ProxyContext): string {
  return host || metadata.dynamic['HOST_IP'] || '127.0.0.1'
}

/** Whether the collector wants TLS: Kuma tells by the port. */
export function speaksHttps({ protocol, port }: Collector): boolean {
  return protocol === 'http' && port === 443
}

/** URL that a kind of data is sent to by OTLP over HTTP. */
export function collectorUrl(collector: Collector, signal: 'traces'): string {
  const { host, port, path = '' } = collector
  const scheme = speaksHttps(collector) ? 'https' : 'http'
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}${cleanPath(`/${path}/v1/${signal}`)}`
}

/** As Go's `path.Join` shortens paths. */
function cleanPath(path: string): string {
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  return `/${kept.join('/')}`
}

/** The cluster of a collector: kuma-dp's socket, or the collector itself. */
export function collectorCluster(
  name: string,
  collector: Collector,
  proxy: ProxyContext,
  origin: ClusterDraft['origin'],
  options: { readonly tls?: boolean; readonly http2?: boolean } = {},
): ClusterDraft {
  const pipe = goesThroughDataplane(collector, proxy)
  const host = collectorHost(collector, proxy)
  const ipv6 = isIPv6(proxy.dataplane.spec.networking?.address ?? '')
  const message = pipe
    ? pipeCluster(name, socketPath.openTelemetry(proxy.metadata.workDir ?? '', collector.name))
    : staticCluster(name, [{ address: host, port: collector.port }], { ipv6 })
  if (!pipe && options.tls !== false && speaksHttps(collector)) {
    message.transportSocketMatches = [{ name: host, match: {}, transportSocket: externalTlsSocket({ host }) }]
  }
  const cluster: ClusterDraft = { name, origin, message, protocol: 'http2' }
  if (options.http2 ?? (pipe || collector.protocol !== 'http')) speakHttp(cluster, 2)
  return cluster
}

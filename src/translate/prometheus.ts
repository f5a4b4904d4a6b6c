import type { TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import type { FilterChainMatch } from '../gen/envoy/config/listener/v3/listener_components.js'
import type { ClusterDraft, ProxyDraft } from './draft.js'
import { isIPv6 } from './envoy/address.js'
import { pipeCluster } from './envoy/cluster.js'
import { chainDraft, listenerDraft } from './envoy/listener.js'
import { staticEndpoints } from './envoy/static-endpoints.js'
import { meshServerTls, tlsSocket } from './envoy/tls.js'
import { names } from './names.js'
import type { NodeMetadata } from './node-metadata.js'
import type { ProxyContext } from './proxy.js'
import { socketPath } from './sockets.js'

/** Conf of a Prometheus metrics backend. Source: Kuma docs, Mesh.metrics. */
export interface PrometheusConf {
  readonly port?: number
  readonly path?: string
  /** Tags of the metrics inbound: permissions may select it. */
  readonly tags?: Readonly<Record<string, string>>
  readonly skipMTLS?: boolean
  readonly tls?: { readonly mode?: string }
  readonly envoy?: { readonly filterRegex?: string; readonly usedOnly?: boolean }
}

/** The enabled backend of the mesh, with what the Dataplane overrides field by field. */
export function prometheusConf({ mesh, dataplane }: ProxyContext): PrometheusConf | undefined {
  const { metrics } = mesh.mesh.spec
  const backend = metrics?.backends?.find((b) => b.name === metrics.enabledBackend)
  if (backend?.type !== 'prometheus') return undefined
  const own = dataplane.spec.metrics
  return { ...(backend.conf as PrometheusConf), ...(own?.type === 'prometheus' ? (own.conf as PrometheusConf) : {}) }
}

/**
 * The listener that Prometheus scrapes: it leads to kuma-dp, which adds the application's metrics to Envoy's. Not built
 * where Envoy has no admin interface, or where it would take an inbound's port.
 */
export function buildPrometheus(proxy: ProxyContext, draft: ProxyDraft): void {
  const conf = prometheusConf(proxy)
  const { metadata, dataplane, mesh } = proxy
  if (!conf?.port || !metadata.adminPort) return
  const address = dataplane.spec.networking?.address ?? ''
  if (proxy.inbounds.some((inbound) => inbound.address === address && inbound.port === conf.port)) return

  const socket = socketPath.metrics(metadata.workDir ?? '', dataplane.name, mesh.name)
  const cluster: ClusterDraft = {
    name: names.metricsHijacker,
    origin: 'prometheus',
    message: pipeCluster(names.metricsHijacker, socket),
    protocol: 'http',
  }
  draft.clusters.set(cluster.name, cluster)

  const content = () =>
    staticEndpoints(
      names.prometheusListener,
      [{ path: conf.path ?? '/metrics', cluster: cluster.name, rewrite: `/${statsFilter(conf)}` }],
      metadata.ipv6Enabled,
    )
  const guard = guardOf(conf, proxy, address)
  const chains = guard
    ? [chainDraft(content(), { match: guard.match }), chainDraft(content(), { transportSocket: guard.transportSocket })]
    : [chainDraft(content())]
  const listener = listenerDraft({
    name: names.prometheusListener,
    origin: 'prometheus',
    direction: 'inbound',
    address,
    port: conf.port,
    reusePort: metadata.features.has('feature-reuse-port'),
    chains,
  })
  draft.listeners.set(listener.name, listener)
}

/** TLS in front of the metrics, and who gets by without: the proxy scraping itself. */
function guardOf(
  conf: PrometheusConf,
  proxy: ProxyContext,
  address: string,
): { match: FilterChainMatch; transportSocket: TransportSocket } | undefined {
  const mode = conf.tls?.mode
  const { mesh, metadata, secrets } = proxy
  if (mesh.mtls && (conf.tls ? (mode ?? 'activeMTLSBackend') === 'activeMTLSBackend' : !conf.skipMTLS)) {
    const match = { sourcePrefixRanges: [{ addressPrefix: address, prefixLen: isIPv6(address) ? 128 : 32 }] }
    return { match, transportSocket: meshServerTls(secrets.meshTls(mesh.name), mesh.name) }
  }
  const transportSocket = mode === 'providedTLS' ? providedTls(metadata) : undefined
  return transportSocket && { match: { transportProtocol: 'tls' }, transportSocket }
}

/** TLS with the certificate that lies beside the proxy, where it says that there is one. */
export function providedTls({ metricsCertPath, metricsKeyPath }: NodeMetadata): TransportSocket | undefined {
  if (!metricsCertPath || !metricsKeyPath) return undefined
  const file = (filename: string) => ({ specifier: { $case: 'filename' as const, filename } })
  return tlsSocket(
    { commonTlsContext: { tlsCertificates: [{ certificateChain: file(metricsCertPath), privateKey: file(metricsKeyPath) }] } },
    'downstream',
  )
}

function statsFilter({ envoy }: PrometheusConf): string {
  let query = envoy?.filterRegex ? `filter=${envoy.filterRegex}&` : ''
  if (envoy?.usedOnly) query += 'usedonly'
  return query ? `?${query}` : ''
}

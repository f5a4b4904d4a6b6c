import type { ClusterDraft, ProxyDraft } from '../../draft.js'
import { pipeCluster } from '../../envoy/cluster.js'
import { chainDraft, listenerDraft } from '../../envoy/listener.js'
import { staticEndpoints } from '../../envoy/static-endpoints.js'
import { names, statName, systemName } from '../../names.js'
import { providedTls } from '../../prometheus.js'
import type { ProxyContext } from '../../proxy.js'
import { socketPath } from '../../sockets.js'
import type { PrometheusBackend } from './schema.js'

/**
 * The listener that Prometheus scrapes. It leads to kuma-dp, which adds the application's metrics to Envoy's.
 * @param rewrite path that kuma-dp answers
 */
export function addPrometheus(backend: PrometheusBackend, rewrite: string, draft: ProxyDraft, proxy: ProxyContext): void {
  const { metadata, dataplane, mesh, unifiedNaming } = proxy
  const id = backend.clientId ?? 'default-backend'
  const unified = systemName('meshmetric_prometheus', id)
  const name = unifiedNaming ? unified : `_${names.prometheusListener}:${id}`
  const clusterName = unifiedNaming ? unified : `_${names.metricsHijacker}`

  const message = pipeCluster(clusterName, socketPath.metrics(metadata.workDir ?? '', dataplane.name, mesh.name))
  const cluster: ClusterDraft = {
    name: clusterName,
    origin: 'prometheus',
    message: { ...message, circuitBreakers: undefined },
    protocol: 'http',
  }
  draft.clusters.set(clusterName, cluster)

  const content = () => staticEndpoints(name, [{ path: backend.path, cluster: clusterName, rewrite }], metadata.ipv6Enabled)
  const transportSocket = backend.tls?.mode === 'ProvidedTLS' ? providedTls(metadata) : undefined
  const chains = transportSocket
    ? [chainDraft(content(), { match: { transportProtocol: 'tls' } }), chainDraft(content(), { transportSocket })]
    : [chainDraft(content())]
  const listener = listenerDraft({
    name,
    origin: 'prometheus',
    direction: 'inbound',
    address: dataplane.spec.networking?.address ?? '',
    port: backend.port,
    reusePort: metadata.features.has('feature-reuse-port'),
    statPrefix: unifiedNaming ? statName(unified) : undefined,
    chains,
  })
  draft.listeners.set(name, listener)
}

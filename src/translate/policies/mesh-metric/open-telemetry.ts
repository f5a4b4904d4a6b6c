import type { ProxyDraft } from '../../draft.js'
import { grpcStats, insertBeforeRouter } from '../../envoy/hcm.js'
import { chainDraft, pipeListenerDraft } from '../../envoy/listener.js'
import { staticEndpoints } from '../../envoy/static-endpoints.js'
import { statName, systemName } from '../../names.js'
import { collectorCluster, resolveCollector } from '../../open-telemetry.js'
import type { ProxyContext } from '../../proxy.js'
import { socketPath } from '../../sockets.js'
import type { OpenTelemetryBackend } from './schema.js'

/** Name of a collector that an endpoint names: part of a file's name, too. */
export function endpointName(endpoint: string): string {
  return endpoint.replaceAll('/', '').replaceAll(':', '-')
}

/** A Unix socket by which kuma-dp reaches the collector through Envoy. Nothing where the collector is nowhere. */
export function addOpenTelemetry(backend: OpenTelemetryBackend, draft: ProxyDraft, proxy: ProxyContext): void {
  const collector = resolveCollector(backend, proxy.mesh)
  if (!collector) return
  const { metadata, unifiedNaming } = proxy
  const id = backend.backendRef ? collector.name : endpointName(collector.name)
  const name = unifiedNaming ? systemName('meshmetric_otel', id) : `_kuma:metrics:opentelemetry:${id}`

  const cluster = collectorCluster(name, collector, proxy, 'mesh-metric', { http2: true })
  draft.clusters.set(name, { ...cluster, message: { ...cluster.message, circuitBreakers: undefined } })

  const content = staticEndpoints(name, [{ path: '/', cluster: name, rewrite: '' }], metadata.ipv6Enabled)
  if (content.hcm) insertBeforeRouter(content.hcm, grpcStats())
  const listener = pipeListenerDraft({
    name,
    origin: 'mesh-metric',
    path: socketPath.openTelemetry(metadata.workDir ?? '', id),
    statPrefix: unifiedNaming ? statName(name) : undefined,
    chains: [chainDraft(content)],
  })
  draft.listeners.set(name, listener)
}

import { addCollectorPipe } from '../../collector-pipes.js'
import type { ProxyDraft } from '../../draft.js'
import { addDynamicConfig } from '../../dynamic-config.js'
import { jsonText } from '../../json-text.js'
import { names } from '../../names.js'
import { goesThroughDataplane, missingCollector, resolveCollector } from '../../open-telemetry.js'
import type { ProxyContext } from '../../proxy.js'
import { dataplaneConfig } from './dataplane-config.js'
import type { MatchedMetrics } from './match.js'
import { addOpenTelemetry } from './open-telemetry.js'
import { addPrometheus } from './prometheus.js'

const path = '/meshmetric'

/** Takes the place of the mesh's own metrics. What kuma-dp has to collect, it reads from a listener. */
export function proxy(matched: MatchedMetrics, draft: ProxyDraft, proxy: ProxyContext): void {
  if (draft.listeners.has(names.prometheusListener)) {
    draft.listeners.delete(names.prometheusListener)
    draft.clusters.delete(names.metricsHijacker)
  }
  for (const backend of matched.prometheus) addPrometheus(backend, path, draft, proxy)
  const throughEnvoy = matched.openTelemetry.filter((backend) => {
    const collector = resolveCollector(backend, proxy.mesh)
    if (!collector) proxy.report(missingCollector('MeshMetric', backend))
    if (collector && goesThroughDataplane(collector, proxy)) addCollectorPipe(proxy, draft, collector, 'metrics', backend.refreshInterval)
    return !backend.backendRef || !proxy.metadata.features.has('feature-otel-via-kuma-dp')
  })
  for (const backend of throughEnvoy) addOpenTelemetry(backend, draft, proxy)
  const body = jsonText(dataplaneConfig({ ...matched, openTelemetry: throughEnvoy }, proxy))
  addDynamicConfig(proxy, draft, { name: proxy.unifiedNaming ? 'meshmetric' : path, path, body })
}

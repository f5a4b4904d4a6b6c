import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { type PrometheusMetrics, prometheusMetrics } from '../../core/kinds/mesh-backends.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { readConf } from '../../core/schema/conf.js'

/** An application's own metrics, which the proxy's companion adds to Envoy's. */
export interface MetricsSource {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly path: string
}

/** The sources that the mesh's Prometheus backend names, and those of the Dataplane, which replace others of their name. */
export function aggregatedMetrics({ spec: { metrics } }: Resource<MeshSpec>, { spec }: Resource<DataplaneSpec>): MetricsSource[] {
  const backend = metrics?.backends?.find(({ name }) => name === metrics.enabledBackend)
  if (backend?.type !== 'prometheus') return []
  const own = spec.metrics?.type === 'prometheus' ? spec.metrics.conf : undefined
  const sources = new Map([...aggregate(backend.conf), ...aggregate(own)].map((source) => [source.name, source]))
  return [...sources.values()]
    .filter(({ enabled }) => enabled !== false)
    .map(({ name = '', address, port = 0, path = '' }) => ({ name, address: address || (spec.networking?.address ?? ''), port, path }))
}

function aggregate(conf: unknown): NonNullable<PrometheusMetrics['aggregate']> {
  const read = readConf(prometheusMetrics(), conf)
  return (read.ok && read.conf.aggregate) || []
}

import type { ProxyContext } from '../../proxy.js'
import { MeshMetric, type MetricConf, type OpenTelemetryBackend, type PrometheusBackend } from './schema.js'

export interface MatchedMetrics {
  readonly conf: MetricConf
  readonly prometheus: readonly PrometheusBackend[]
  readonly openTelemetry: readonly OpenTelemetryBackend[]
}

/** Without backends nobody is shown anything. */
export function match({ mesh, dataplane }: ProxyContext): MatchedMetrics | undefined {
  const conf = mesh.rules.of<MetricConf>(MeshMetric, dataplane).single?.conf
  const { backends = [] } = conf ?? {}
  if (!conf || backends.length === 0) return undefined
  return {
    conf,
    prometheus: backends.flatMap(({ type, prometheus }) => (type === 'Prometheus' && prometheus ? prometheus : [])),
    openTelemetry: backends.flatMap(({ type, openTelemetry }) => (type === 'OpenTelemetry' && openTelemetry ? openTelemetry : [])),
  }
}

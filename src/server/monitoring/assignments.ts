import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { type PrometheusMetrics, prometheusMetrics } from '../../core/kinds/mesh-backends.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { readConf } from '../../core/schema/conf.js'
import { mergeTagSets, tag } from '../../translate/tags.js'

/** What Prometheus is to scrape of one proxy. Source: Kuma's `observability/v1/mads.proto`, as JSON with its original names. */
export interface MonitoringAssignment {
  readonly mesh: string
  readonly service: string
  readonly targets: readonly {
    readonly name: string
    readonly scheme: 'http' | 'https'
    /** Host and port. */
    readonly address: string
    readonly metrics_path: string
    readonly labels: Readonly<Record<string, string>>
  }[]
}

/** An assignment a dataplane whose mesh, or which itself, has Prometheus metrics; sorted by mesh and name. */
export function monitoringAssignments(meshes: readonly Resource[], dataplanes: readonly Resource[]): MonitoringAssignment[] {
  const byName = new Map(meshes.map((mesh) => [mesh.name, mesh as Resource<MeshSpec>]))
  return (dataplanes as readonly Resource<DataplaneSpec>[])
    .toSorted((a, b) => compare(a.mesh ?? '', b.mesh ?? '') || compare(a.name, b.name))
    .flatMap((dataplane) => {
      const mesh = byName.get(dataplane.mesh ?? '')
      const conf = mesh && prometheusOf(mesh, dataplane)
      return conf ? [assignment(dataplane, conf)] : []
    })
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function prometheusOf({ spec: { metrics } }: Resource<MeshSpec>, { spec }: Resource<DataplaneSpec>): PrometheusMetrics | undefined {
  const backend = metrics?.backends?.find(({ name }) => name === metrics.enabledBackend)
  if (backend?.type !== 'prometheus') return undefined
  const shared = readConf(prometheusMetrics(), backend.conf)
  const own = readConf(prometheusMetrics(), spec.metrics?.type === 'prometheus' ? spec.metrics.conf : {})
  return shared.ok && own.ok ? { ...shared.conf, ...own.conf } : undefined
}

function assignment({ mesh = '', name, spec: { networking } }: Resource<DataplaneSpec>, conf: PrometheusMetrics): MonitoringAssignment {
  const tags = mergeTagSets([...(networking?.inbound ?? []).map((inbound) => inbound.tags ?? {}), networking?.gateway?.tags ?? {}])
  const address = networking?.address ?? ''
  const labels: Record<string, string> = {}
  // In sorted order: a tag `services` wins over the plural of a tag `service`.
  for (const key of [...tags.keys()].sort(compare)) {
    const values = tags.get(key) ?? []
    labels[labelName(key)] = values[0] ?? ''
    labels[labelName(`${key}s`)] = `,${values.join(',')},`
  }
  const target = {
    name,
    scheme: conf.tls?.mode === 'providedTLS' ? ('https' as const) : ('http' as const),
    address: `${address.includes(':') ? `[${address}]` : address}:${conf.port ?? 0}`,
    metrics_path: conf.path ?? '',
    labels,
  }
  return { mesh, service: tags.get(tag.service)?.[0] ?? 'unknown', targets: [target] }
}

/** As Prometheus allows it. */
function labelName(key: string): string {
  return key.replace(/[^a-zA-Z0-9_]/g, '_')
}

import type { Labels, MetricFamily, Sample } from './text.js'

export const entityLabels = {
  cluster: 'envoy_cluster_name',
  http: 'envoy_http_conn_manager_prefix',
  listener: 'envoy_listener_address',
} as const

const meshTraffic = ['kuma_io_mesh_traffic', 'true'] as const

/** What the proxy dials and serves for itself. */
const ownClusters: ReadonlySet<string> = new Set(['ads_cluster', 'access_log_sink', 'kuma_envoy_admin', 'kuma_metrics_hijacker'])
const ownPrefixes: ReadonlySet<string> = new Set(['admin', 'kuma_envoy_admin', 'kuma_metrics_prometheus'])

/**
 * Envoy's metrics as Kuma's dashboards want them: the clusters that a route makes of one service (`backend-` and a hash) count
 * as that service, and what belongs to the mesh's traffic is marked.
 */
export function asServices(family: MetricFamily): MetricFamily {
  const [first] = family.samples
  if (!first) return family
  if (labelOf(first, entityLabels.cluster) !== undefined) {
    const joined = joinEqual(family.samples.map((sample) => ({ ...sample, labels: sample.labels.map(ofService) })))
    return { ...family, samples: joined.map((sample) => marked(sample, entityLabels.cluster, ownClusters)) }
  }
  if (labelOf(first, entityLabels.http) === undefined) return family
  return { ...family, samples: family.samples.map((sample) => marked(sample, entityLabels.http, ownPrefixes)) }
}

const ofService = ([name, value]: Labels[number]): Labels[number] => [
  name,
  name === entityLabels.cluster ? value.replace(/-[\da-fA-F]{16}$/, '') : value,
]

function labelOf({ labels }: Sample, name: string): string | undefined {
  return labels.find(([key]) => key === name)?.[1]
}

/** Adds up samples of the same name and labels; the buckets of a histogram, too, are sums. */
function joinEqual(samples: readonly Sample[]): Sample[] {
  const joined = new Map<string, Sample>()
  for (const sample of samples) {
    const key = `${sample.name} ${JSON.stringify([...sample.labels].sort(([a], [b]) => (a < b ? -1 : 1)))}`
    const known = joined.get(key)
    joined.set(key, known ? { ...known, value: String(Number(known.value) + Number(sample.value)) } : sample)
  }
  return [...joined.values()]
}

function marked(sample: Sample, label: string, own: ReadonlySet<string>): Sample {
  const value = labelOf(sample, label)
  return value === undefined || own.has(value) ? sample : { ...sample, labels: [...sample.labels, meshTraffic] }
}

import type { Resource } from '../core/resource.js'

const label = { workload: 'kuma.io/workload', namespace: 'k8s.kuma.io/namespace' } as const

/** Name of the workload that a proxy belongs to; empty where it says none. */
export function workloadOf({ labels }: Resource): string {
  return labels[label.workload] ?? ''
}

/** The identifier of the workload that a proxy belongs to, where it says one. */
export function workloadKri(dataplane: Resource, zone = ''): string | undefined {
  const name = workloadOf(dataplane)
  if (!name) return undefined
  return ['kri', 'wl', dataplane.mesh ?? '', zone, dataplane.labels[label.namespace] ?? '', name, ''].join('_')
}

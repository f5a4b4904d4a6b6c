import { type Resource, keyOf } from '../resource.js'
import type { ProxyFacts } from './proxy-facts.js'
import { type Dataplane, inboundsOf, isReady } from './selected-proxies.js'

/** Proxies by the Workload that they say they belong to. */
export function proxiesByWorkload(dataplanes: readonly Dataplane[]): ReadonlyMap<string, readonly Dataplane[]> {
  const groups = new Map<string, Dataplane[]>()
  for (const dataplane of dataplanes) {
    const name = dataplane.labels['kuma.io/workload']
    if (!name) continue
    const key = keyOf({ type: 'Workload', mesh: dataplane.mesh, name })
    const known = groups.get(key)
    if (known) known.push(dataplane)
    else groups.set(key, [dataplane])
  }
  return groups
}

/** A Workload with how many proxies it has, and how they are. */
export function withProxyCounts(
  workload: Resource,
  proxies: ReturnType<typeof proxiesByWorkload>,
  factsOf: (dataplane: Dataplane) => ProxyFacts,
): Resource {
  const own = proxies.get(keyOf(workload)) ?? []
  const healthy = own.filter((dataplane) => inboundsOf(dataplane).some((inbound) => isReady(inbound) && inbound.health?.ready !== false))
  const connected = own.filter((dataplane) => factsOf(dataplane).connected)
  return { ...workload, status: { dataplaneProxies: { connected: connected.length, healthy: healthy.length, total: own.length } } }
}

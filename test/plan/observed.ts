import type { RunningEnvoy } from '../envoy/running.js'
import type { ProxyPlan } from '../../src/plan/index.js'

/** What Envoy did, or should do, about one change: how many of each. */
export interface Doings {
  readonly listenersAdded: number
  readonly listenersChanged: number
  readonly listenersRemoved: number
  /** Of those changed, the ones that kept the filter chains that stay. */
  readonly inPlace: number
  readonly chainsDrained: number
  readonly listenersDrained: number
  readonly clustersAdded: number
  /** Made anew: they warm up. */
  readonly clustersChanged: number
  readonly clustersRemoved: number
}

export function foretold(plan: ProxyPlan | undefined): Doings {
  const of = (type: 'listeners' | 'clusters', op: 'create' | 'update' | 'delete') =>
    (plan?.changes ?? []).filter((change) => change.type === type && change.op === op)
  const changed = of('listeners', 'update')
  const inPlace = changed.filter(({ drainedChains }) => drainedChains !== undefined)
  return {
    listenersAdded: of('listeners', 'create').length,
    listenersChanged: changed.length,
    listenersRemoved: of('listeners', 'delete').length,
    inPlace: inPlace.length,
    chainsDrained: inPlace.reduce((sum, { drainedChains = 0 }) => sum + drainedChains, 0),
    listenersDrained: changed.length - inPlace.length + of('listeners', 'delete').length,
    clustersAdded: of('clusters', 'create').length,
    clustersChanged: of('clusters', 'update').length,
    clustersRemoved: of('clusters', 'delete').length,
  }
}

export interface Observation {
  readonly doings: Doings
  /** How often listeners, and clusters, were handed to Envoy. */
  readonly lds: number
  readonly cds: number
  readonly rejected: number
  /** Certificates that listeners took over while they ran. */
  readonly certificates: number
  readonly warming: number
  /** How many endpoints each cluster has, by its name in statistics. */
  readonly members: ReadonlyMap<string, number>
}

/** Envoy's own count since it started. Drain times are set so long that what drains is still there to be counted. */
export async function observe(envoy: RunningEnvoy): Promise<Observation> {
  const { stats } = JSON.parse(await envoy.admin('/stats?format=json')) as { stats: { name?: string; value?: number }[] }
  const values = new Map(stats.map(({ name = '', value = 0 }) => [name, value]))
  const count = (name: string) => values.get(name) ?? 0
  const sum = (pattern: RegExp) => [...values].reduce((total, [name, value]) => (pattern.test(name) ? total + value : total), 0)
  return {
    doings: {
      listenersAdded: count('listener_manager.listener_added'),
      listenersChanged: count('listener_manager.listener_modified'),
      listenersRemoved: count('listener_manager.listener_removed'),
      inPlace: count('listener_manager.listener_in_place_updated'),
      chainsDrained: count('listener_manager.total_filter_chains_draining'),
      listenersDrained: count('listener_manager.total_listeners_draining'),
      clustersAdded: count('cluster_manager.cluster_added'),
      clustersChanged: count('cluster_manager.cluster_modified'),
      clustersRemoved: count('cluster_manager.cluster_removed'),
    },
    lds: count('listener_manager.lds.update_success') + count('listener_manager.lds.update_rejected'),
    cds: count('cluster_manager.cds.update_success') + count('cluster_manager.cds.update_rejected'),
    rejected: count('listener_manager.lds.update_rejected') + count('cluster_manager.cds.update_rejected'),
    certificates: sum(/server_ssl_socket_factory\.ssl_context_update_by_sds$/),
    warming: count('cluster_manager.warming_clusters') + count('listener_manager.total_listeners_warming'),
    members: new Map(
      [...values].flatMap(([name, value]) =>
        name.endsWith('.membership_total') ? [[name.slice('cluster.'.length, -'.membership_total'.length), value] as const] : [],
      ),
    ),
  }
}

/** What was done between two looks. */
export function between(before: Doings, after: Doings): Doings {
  return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - before[key as keyof Doings]])) as unknown as Doings
}

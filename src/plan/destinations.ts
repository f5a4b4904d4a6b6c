import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { Cluster_DiscoveryType } from '../gen/envoy/config/cluster/v3/cluster.js'
import { describeMatch } from '../simulate/route-match.js'
import { type Share, clustersOf } from '../simulate/route-shares.js'
import type { Snapshot } from '../translate/snapshot.js'
import { endpointTexts } from './behaviour.js'
import type { ReadChain } from './chains.js'

/** Where a part of a listener's traffic goes. */
export interface Destination {
  /** Which part: the match of a route, or all. */
  readonly subject: string
  readonly clusters: readonly Share[]
  /** What becomes of it where it goes nowhere: a redirect, an answer. */
  readonly answer?: string
}

export function destinationsOf({ routes, tcp }: ReadChain): Destination[] {
  if (tcp) return [{ subject: 'connections', clusters: tcpShares(tcp) }]
  const hosts = routes?.virtualHosts ?? []
  return hosts.flatMap(({ name, routes: list = [] }) =>
    list.map(({ match, action }) => ({
      subject: hosts.length > 1 ? `${name}: ${describeMatch(match)}` : describeMatch(match),
      clusters: action?.$case === 'route' ? clustersOf(action.route) : [],
      ...(action?.$case !== 'route' && { answer: action?.$case ?? 'nothing' }),
    })),
  )
}

function tcpShares({ clusterSpecifier }: NonNullable<ReadChain['tcp']>): Share[] {
  if (clusterSpecifier?.$case === 'cluster') return [{ name: clusterSpecifier.cluster, share: 1 }]
  const { clusters = [] } = clusterSpecifier?.weightedClusters ?? {}
  const total = clusters.reduce((sum, { weight = 0 }) => sum + weight, 0)
  return clusters.flatMap(({ name = '', weight = 0 }) => (weight > 0 ? [{ name, share: weight / total }] : []))
}

/** Whether there is somebody behind a cluster, as far as the configuration tells. */
export function isDead(name: string, snapshot: Snapshot): boolean {
  const cluster = snapshot.clusters.get(name)?.message as Cluster | undefined
  if (!cluster) return true
  const type = cluster.clusterDiscoveryType?.$case === 'type' ? cluster.clusterDiscoveryType.type : undefined
  if (type === Cluster_DiscoveryType.EDS) return endpointTexts(snapshot.endpoints.get(name)).length === 0
  const inline = cluster.loadAssignment?.endpoints ?? []
  return type !== Cluster_DiscoveryType.ORIGINAL_DST && inline.every(({ lbEndpoints = [] }) => lbEndpoints.length === 0)
}

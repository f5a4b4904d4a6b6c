import type { RouteAction, WeightedCluster_ClusterWeight } from '../gen/envoy/config/route/v3/route_components.js'
import { type HttpMessage, headerValues } from './request.js'
import { Unevaluated } from './unevaluated.js'

/** A destination of a route, with its share of the requests, 0 to 1. */
export interface Share {
  readonly name: string
  readonly share: number
  readonly entry?: WeightedCluster_ClusterWeight
}

/** Destinations without a share are left out. Where the request names the cluster itself, `message` is asked. */
export function clustersOf({ clusterSpecifier: specifier }: RouteAction, message?: HttpMessage): Share[] {
  switch (specifier?.$case) {
    case 'cluster':
      return [{ name: specifier.cluster, share: 1 }]
    case 'clusterHeader':
      return message ? [{ name: headerValues(message, specifier.clusterHeader)?.[0] ?? '', share: 1 }] : []
    case 'weightedClusters': {
      const { clusters = [] } = specifier.weightedClusters
      const total = clusters.reduce((sum, { weight = 0 }) => sum + weight, 0)
      return clusters.flatMap((entry) => (entry.weight ? [{ name: entry.name ?? '', share: entry.weight / total, entry }] : []))
    }
    default:
      throw new Unevaluated(`the destination ${specifier?.$case ?? 'of none'}`)
  }
}

import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { Cluster_DiscoveryType, Cluster_LbSubsetConfig_LbSubsetFallbackPolicy as Fallback } from '../gen/envoy/config/cluster/v3/cluster.js'
import { HealthStatus } from '../gen/envoy/config/core/v3/health_check.js'
import type { Metadata } from '../gen/envoy/config/core/v3/base.js'
import type { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import type { LbEndpoint, LocalityLbEndpoints } from '../gen/envoy/config/endpoint/v3/endpoint_components.js'
import { type SocketTarget, socketTarget } from './addresses.js'
import { Unevaluated } from './unevaluated.js'

/** An endpoint with its share of a cluster's traffic, 0 to 1. */
export interface EndpointShare extends SocketTarget {
  readonly share: number
  readonly priority: number
  readonly zone?: string
  readonly metadata?: Metadata
  /** What requests are addressed to where the route takes over the endpoint's name. */
  readonly hostname?: string
}

interface Candidate extends Omit<EndpointShare, 'share'> {
  readonly weight: number
  readonly localityWeight: number
  readonly locality: LocalityLbEndpoints
  readonly healthy: boolean
}

/**
 * Who gets a cluster's traffic: by priority, locality and weight, as long as all are as healthy as the configuration says.
 * @param target where the connection was going: what a cluster of the original destination dials
 */
export function endpointShares(
  cluster: Cluster,
  assigned: ClusterLoadAssignment | undefined,
  target: SocketTarget,
  wanted?: Metadata,
): EndpointShare[] {
  const type = cluster.clusterDiscoveryType?.$case === 'type' ? cluster.clusterDiscoveryType.type : Cluster_DiscoveryType.STATIC
  if (cluster.clusterDiscoveryType?.$case === 'clusterType') throw new Unevaluated(`the cluster type of "${cluster.name}"`)
  if (type === Cluster_DiscoveryType.ORIGINAL_DST) return [{ ...target, share: 1, priority: 0 }]
  const named = type === Cluster_DiscoveryType.STRICT_DNS || type === Cluster_DiscoveryType.LOGICAL_DNS
  const assignment = type === Cluster_DiscoveryType.EDS ? assigned : cluster.loadAssignment
  const all = (assignment?.endpoints ?? []).flatMap((locality) =>
    (locality.lbEndpoints ?? []).map((endpoint) => candidate(endpoint, locality, named)),
  )
  const candidates = subset(cluster, all, wanted)
  const byLocality = cluster.commonLbConfig?.localityConfigSpecifier?.$case === 'localityWeightedLbConfig'
  return priorityLoads(candidates, assignment?.policy?.overprovisioningFactor ?? 140).flatMap(({ priority, load }) =>
    spread(
      candidates.filter((one) => one.priority === priority),
      load,
      byLocality,
    ),
  )
}

function candidate(
  { hostIdentifier, loadBalancingWeight, metadata, healthStatus }: LbEndpoint,
  locality: LocalityLbEndpoints,
  named: boolean,
): Candidate {
  const endpoint = hostIdentifier?.$case === 'endpoint' ? hostIdentifier.endpoint : undefined
  const target = socketTarget(endpoint?.address)
  if (!target) throw new Unevaluated('an endpoint that is no IP address and port')
  const { UNHEALTHY, DRAINING, TIMEOUT } = HealthStatus
  return {
    ...target,
    priority: locality.priority ?? 0,
    zone: locality.locality?.zone || undefined,
    metadata,
    hostname: endpoint?.hostname || (named ? target.address : undefined),
    weight: loadBalancingWeight ?? 1,
    localityWeight: locality.loadBalancingWeight ?? 0,
    locality,
    healthy: !([UNHEALTHY, DRAINING, TIMEOUT] as readonly (number | undefined)[]).includes(healthStatus),
  }
}

/** The endpoints that a route means by their metadata. */
function subset({ lbSubsetConfig, name }: Cluster, all: readonly Candidate[], wanted: Metadata | undefined): readonly Candidate[] {
  const fields = Object.entries((wanted?.filterMetadata?.['envoy.lb'] ?? {}) as Record<string, unknown>)
  const selectors = lbSubsetConfig?.subsetSelectors ?? []
  if (selectors.length === 0) return all
  const keys = fields.map(([key]) => key).sort()
  const selector = fields.length > 0 ? selectors.find((one) => [...(one.keys ?? [])].sort().join() === keys.join()) : undefined
  const chosen = selector ? all.filter(({ metadata }) => fields.every(([key, value]) => lbMetadata(metadata)[key] === value)) : []
  if (chosen.length > 0) return chosen
  // A selector's own policies count from 1, one further than the cluster's.
  const policy = selector?.fallbackPolicy ? selector.fallbackPolicy - 1 : (lbSubsetConfig?.fallbackPolicy ?? Fallback.NO_FALLBACK)
  if (policy === Fallback.NO_FALLBACK) return []
  if (policy === Fallback.ANY_ENDPOINT) return all
  throw new Unevaluated(`the subset fallback of cluster "${name}"`)
}

const lbMetadata = (metadata: Metadata | undefined) => (metadata?.filterMetadata?.['envoy.lb'] ?? {}) as Record<string, unknown>

/** A priority takes what its healthy part can bear; the next takes the rest. With nobody healthy, the first takes all. */
function priorityLoads(
  candidates: readonly Candidate[],
  overprovisioningFactor: number,
): { readonly priority: number; readonly load: number }[] {
  const priorities = [...new Set(candidates.map(({ priority }) => priority))].sort((a, b) => a - b)
  let left = 1
  const loads = priorities.map((priority) => {
    const members = candidates.filter((one) => one.priority === priority)
    const healthy = members.filter((one) => one.healthy).length / members.length
    const load = Math.min(left, Math.min(1, (healthy * overprovisioningFactor) / 100))
    left -= load
    return { priority, load }
  })
  const total = 1 - left
  if (total === 0) return priorities.slice(0, 1).map((priority) => ({ priority, load: 1 }))
  return loads.filter(({ load }) => load > 0).map(({ priority, load }) => ({ priority, load: load / total }))
}

function spread(members: readonly Candidate[], load: number, byLocality: boolean): EndpointShare[] {
  const healthy = members.filter((one) => one.healthy)
  const usable = healthy.length > 0 ? healthy : members
  const localities = [...new Set(usable.map(({ locality }) => locality))]
  const weights = localities.map((locality) => usable.find((one) => one.locality === locality)?.localityWeight ?? 0)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (!byLocality || total === 0) return byWeight(usable, load)
  return localities.flatMap((locality, i) =>
    weights[i]
      ? byWeight(
          usable.filter((one) => one.locality === locality),
          (load * weights[i]) / total,
        )
      : [],
  )
}

function byWeight(members: readonly Candidate[], load: number): EndpointShare[] {
  const total = members.reduce((sum, { weight }) => sum + weight, 0)
  return members.map(({ address, port, priority, zone, metadata, hostname, weight }) => ({
    address,
    port,
    priority,
    zone,
    metadata,
    hostname,
    share: (load * weight) / total,
  }))
}

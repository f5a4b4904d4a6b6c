import type { Resource } from '../../core/resource.js'
import { type ConnectionSpec, type Rank, addRanks, creationOrder, rankOf, wins } from '../source-destination.js'
import { type Tags, matchesTags, tag } from '../tags.js'
import type { GatewayBackend, GatewayHost } from './route-table.js'

/** Which policies of the source/destination family concern what a gateway forwards. */
export interface GatewayPolicies<Spec> {
  ofBackend(host: GatewayHost, backend: GatewayBackend): Resource<Spec> | undefined
  /**
   * Where a policy holds for a whole route or port: one that speaks of any service, else of one of the backends'; of
   * several the oldest.
   */
  ofRoute(targets: readonly { readonly host: GatewayHost; readonly backend: GatewayBackend }[]): Resource<Spec> | undefined
}

/** A policy's sources select by the tags of a gateway's site, its destinations by all tags of the backend. */
export function gatewayPolicies<Spec extends ConnectionSpec>(policies: readonly Resource<Spec>[]): GatewayPolicies<Spec> {
  const ofBackend = ({ tags: source }: GatewayHost, { tags: destination }: GatewayBackend) => {
    let best: { policy: Resource<Spec>; rank: Rank } | undefined
    for (const policy of policies) {
      const sourceRank = firstRank(policy.spec.sources, source)
      const destinationRank = firstRank(policy.spec.destinations, destination)
      if (!sourceRank || !destinationRank) continue
      const candidate = { policy, rank: addRanks(sourceRank, destinationRank) }
      if (!best || wins(candidate, best)) best = candidate
    }
    return best?.policy
  }
  return {
    ofBackend,
    ofRoute(targets) {
      const found = targets.flatMap(({ host, backend }) => {
        const policy = ofBackend(host, backend)
        return policy ? [{ policy, service: backend.tags[tag.service] ?? '' }] : []
      })
      const selects = (policy: Resource<Spec>, service: string) =>
        (policy.spec.destinations ?? []).some(({ match = {} }) => match[tag.service] === service)
      const ofAny = found.filter(({ policy }) => selects(policy, '*'))
      const candidates = ofAny.length > 0 ? ofAny : found.filter(({ policy, service }) => selects(policy, service))
      return oldest(candidates.map(({ policy }) => policy))
    },
  }
}

/** Of a gateway's policies the first selector that fits gives the rank, not the most specific one. */
function firstRank(selectors: ConnectionSpec['sources'], tags: Tags): Rank | undefined {
  const selector = selectors?.find(({ match = {} }) => matchesTags(match, tags))
  return selector && rankOf(selector.match ?? {})
}

function oldest<Spec>(policies: readonly Resource<Spec>[]): Resource<Spec> | undefined {
  const [first] = [...policies].sort((a, b) => (creationOrder(a) < creationOrder(b) ? -1 : creationOrder(a) > creationOrder(b) ? 1 : 0))
  return first
}

/** Which MeshGateway a proxy serves. Source: Kuma docs, "MeshGateway". */
import type { Resource } from '../../core/resource.js'
import { creationOrder } from '../source-destination.js'
import { type Tags, matchesTags } from '../tags.js'
import type { ProxySpec } from './proxy-shape.js'
import { isOfZone, label } from './resource-labels.js'

/** The parts of a MeshGateway's spec that count for matching. */
export interface GatewaySpec {
  readonly selectors?: readonly { readonly match?: Tags }[]
  readonly tags?: Tags
  readonly conf?: { readonly listeners?: readonly { readonly port?: number; readonly hostname?: string; readonly tags?: Tags }[] }
}

/**
 * The MeshGateway whose selector fits the proxy with the most tags (those without a wildcard count more), the newest among
 * equals. A MeshGateway of another zone is none.
 */
export function selectGateway(proxy: Resource<ProxySpec>, gateways: readonly Resource<GatewaySpec>[]): Resource<GatewaySpec> | undefined {
  const { inbound = [], gateway } = proxy.spec.networking ?? {}
  const tagSets = [...inbound.map(({ tags = {} }) => tags), gateway?.tags ?? {}]
  let best: { readonly gateway: Resource<GatewaySpec>; readonly rank: number } | undefined
  for (const candidate of gateways) {
    if (!isInZone(candidate, proxy.labels[label.zone])) continue
    const selectors = candidate.spec.selectors ?? []
    for (const { match = {} } of selectors.length === 0 ? [{ match: {} }] : selectors) {
      if (!tagSets.some((tags) => matchesTags(match, tags))) continue
      const rank = rankOf(match)
      const newer = best?.rank === rank && creationOrder(candidate) > creationOrder(best.gateway)
      if (!best || rank > best.rank || newer) best = { gateway: candidate, rank }
    }
  }
  return best?.gateway
}

function isInZone(gateway: Resource, zone: string | undefined): boolean {
  const origin = gateway.labels[label.origin]
  return origin === undefined || origin === 'global' || zone === undefined || isOfZone(gateway, zone)
}

/** All tags count first, then the exact ones. */
function rankOf(selector: Tags): number {
  const values = Object.values(selector)
  return values.length * (values.length + 1) + values.filter((value) => value !== '*').length
}

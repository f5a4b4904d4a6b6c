import type { ProxyDraft } from './draft.js'

/**
 * Tells the outbounds that the source/destination family routes, and the clusters that only they lead to, what that
 * family's policies have to know. What the targetRef family routes is none of their business.
 */
export function connect({ outbounds, clusters }: ProxyDraft): void {
  const mainServices = new Set(outbounds.flatMap((draft) => draft.mainServices ?? []))
  for (const draft of outbounds) {
    const { outbound, destinations } = draft
    if (draft.mainServices) draft.connection = { outbound, isDestination: mainServices.has(outbound.service) }
    for (const { name, service } of draft.mainServices ? destinations : []) {
      const cluster = clusters.get(name)
      if (cluster) cluster.connection = { outbound, isDestination: mainServices.has(service) }
    }
  }
  for (const { destinations } of outbounds.filter((draft) => !draft.mainServices)) {
    for (const { name } of destinations) {
      const cluster = clusters.get(name)
      if (cluster) cluster.connection = undefined
    }
  }
}

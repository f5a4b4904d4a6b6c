import type { ProxyDraft } from './draft.js'

/**
 * Tells the outbounds that the source/destination family routes, and the clusters that only they lead to, what that
 * family's policies have to know. What the targetRef family routes is none of their business.
 */
export function connect({ outbounds, replaced, clusters }: ProxyDraft): void {
  const own = [...outbounds, ...replaced].filter(({ mainServices }) => mainServices)
  const mainServices = new Set(own.flatMap((draft) => draft.mainServices ?? []))
  for (const draft of own) {
    const { outbound, destinations } = draft
    draft.connection = { outbound, isDestination: mainServices.has(outbound.service) }
    for (const { name, service } of destinations) {
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

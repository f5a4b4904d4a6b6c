import type { ClusterDraft, OutboundDraft, ProxyDraft } from '../../draft.js'
import { draftedEndpoints } from '../../destination-endpoints.js'
import { listenerAddress } from '../../gateway/listener.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import type { ProxyContext } from '../../proxy.js'
import { addHashPolicies } from './hash-policies.js'
import { balance } from './load-balancer.js'
import { type Viewpoint, spread } from './localities.js'
import type { MatchedStrategies } from './match.js'
import type { LoadBalancingConf } from './schema.js'

export function outbound(matched: MatchedStrategies, { outbound, listener }: OutboundDraft): void {
  for (const { route } of listener.chains) {
    for (const { routes = [] } of route?.virtualHosts ?? []) {
      for (const candidate of routes) {
        const conf = matched.route(outbound, candidate.name ?? '')
        if (conf) addHashPolicies(candidate, conf)
      }
    }
  }
}

/** Clusters and their endpoints: what several outbounds lead to is balanced once. */
export function proxy(matched: MatchedStrategies, draft: ProxyDraft, context: ProxyContext): void {
  for (const cluster of draft.clusters.values()) {
    const { destination } = cluster
    const conf = destination && matched.destination(destination)
    if (!conf) continue
    balance(cluster.message, conf)
    spreadCluster(cluster, conf, destination.resource === undefined ? matched.throughEgress : matched.viewpoint, draft, context)
  }
  for (const gateway of draft.gateways) balanceGateway(matched, gateway, draft, context)
}

function spreadCluster(
  { name, message }: ClusterDraft,
  conf: LoadBalancingConf,
  from: Viewpoint,
  draft: ProxyDraft,
  { mesh }: ProxyContext,
): void {
  if (message.loadAssignment) return spread(message.loadAssignment, conf, from)
  const shared = draftedEndpoints(name, draft, mesh.endpoints)
  if (!shared) return
  // Those of all proxies may be this proxy's no longer.
  const own = { ...shared, endpoints: shared.endpoints?.map((group) => ({ ...group })) }
  spread(own, conf, from)
  draft.endpoints.set(name, own)
}

/**
 * One port of a builtin gateway. As in Kuma, all clusters of a service share their endpoints' localities, whatever port leads
 * there, and each service's hash policies go to every route of the port.
 */
function balanceGateway(
  matched: MatchedStrategies,
  { listener, clusters, routes }: GatewayDraft,
  draft: ProxyDraft,
  context: ProxyContext,
): void {
  const rules = matched.gateway(listenerAddress(listener, context))
  if (!rules) return
  const hashed = new Map<string, LoadBalancingConf>()
  for (const { cluster, backend, service } of clusters) {
    const conf = rules.forService(service)?.conf
    if (conf) {
      hashed.set(service, conf)
      balance(cluster.message, conf)
      const siblings = draft.gateways.flatMap((gateway) => gateway.clusters).filter((other) => other.service === service)
      for (const sibling of siblings) spreadCluster(sibling.cluster, conf, matched.throughEgress, draft, context)
    }
    if (backend.resource === undefined) continue
    const resourceConf = rules.forResource(backend.resource)?.confs[0] ?? {}
    balance(cluster.message, resourceConf)
    spreadCluster(cluster, resourceConf, matched.viewpoint, draft, context)
  }
  for (const conf of hashed.values()) {
    if (conf.loadBalancer) for (const { message } of routes) addHashPolicies(message, conf)
  }
}

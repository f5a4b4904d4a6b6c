import type { ClusterLoadAssignment } from '../../../gen/envoy/config/endpoint/v3/endpoint.js'
import type { MeshContext } from '../../mesh-context.js'
import { tag } from '../../tags.js'
import type { EgressDraft } from '../../zone-proxy/egress-draft.js'
import { addHashPolicies } from './hash-policies.js'
import { balance } from './load-balancer.js'
import { spread } from './localities.js'
import { type LoadBalancingConf, MeshLoadBalancingStrategy } from './schema.js'

/** What is outside of the mesh: ExternalServices have their endpoints spread, MeshExternalServices are balanced. */
export function egress({ service, resource, chain, cluster }: EgressDraft, mesh: MeshContext): void {
  if (resource === undefined) {
    if (cluster.message.loadAssignment) egressEndpoints(service, cluster.message.loadAssignment, mesh)
    return
  }
  const conf = mesh.rules.atEgress<LoadBalancingConf>(MeshLoadBalancingStrategy).forResource(resource)?.confs[0]
  if (!conf) return
  balance(cluster.message, conf)
  for (const { routes = [] } of chain.route?.virtualHosts ?? []) for (const route of routes) addHashPolicies(route, conf)
}

/** An egress serves every client, so only what holds for all of them counts. */
export function egressEndpoints(service: string, assignment: ClusterLoadAssignment, mesh: MeshContext): void {
  const { from } = mesh.rules.ofExternalService<LoadBalancingConf>(MeshLoadBalancingStrategy, { [tag.service]: service })
  const conf = from.find(({ subset }) => subset.length === 0)?.conf
  if (conf) spread(assignment, conf, { zone: mesh.zone, tags: new Map(), labels: {}, hidesZones: false })
}

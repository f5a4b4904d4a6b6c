import { zoneEgressEnabled } from '../../mesh-context.js'
import type { Destination, Outbound, ProxyContext } from '../../proxy.js'
import { type ListenerAddress, type ToRules, withoutSection } from '../../rules/index.js'
import { mergeTagSets } from '../../tags.js'
import { type LoadBalancingConf, MeshLoadBalancingStrategy } from './schema.js'
import type { Viewpoint } from './localities.js'

/** How one proxy balances its load. `undefined`: no policy speaks of the place. */
export interface MatchedStrategies {
  /** Of one route of an outbound: what a policy says of the route itself, else what holds for the outbound. */
  route(outbound: Outbound, routeName: string): LoadBalancingConf | undefined
  destination(destination: Destination): LoadBalancingConf | undefined
  /** Rules of one port of a builtin gateway. `undefined`: no policy selects it. */
  gateway(listener: ListenerAddress): ToRules<LoadBalancingConf> | undefined
  /** From where real services are seen: clients dial the zones they are in directly. */
  readonly viewpoint: Viewpoint
  /** From where services by tags are seen: the zone's egress may stand between. */
  readonly throughEgress: Viewpoint
}

export function match({ mesh, dataplane, outbounds, tagSets }: ProxyContext): MatchedStrategies {
  const rules = mesh.rules.of<LoadBalancingConf>(MeshLoadBalancingStrategy, dataplane)
  const dialled = new Set(outbounds.filter(({ resource }) => resource === undefined).map(({ service }) => service))
  const viewpoint = { zone: mesh.zone, tags: mergeTagSets(tagSets), labels: dataplane.labels, hidesZones: false }
  return {
    route({ resource, service }, routeName) {
      const named = routeName.startsWith('kri_')
      if (resource === undefined) return named ? undefined : rules.to.forService(service)?.conf
      const levels = [resource, withoutSection(resource)]
      return rules.to.forFirst(...(named ? [routeName, withoutSection(routeName)] : []), ...levels)?.confs[0]
    },
    destination({ resource, service, mesh: otherMesh }) {
      if (resource !== undefined) return rules.to.forResource(resource)?.confs[0] ?? {}
      return dialled.has(service) && otherMesh === undefined ? rules.to.forService(service)?.conf : undefined
    },
    gateway(listener) {
      const to = rules.gateway.forListener(listener)
      return to.services.length > 0 || to.resources.size > 0 ? to : undefined
    },
    viewpoint,
    throughEgress: { ...viewpoint, hidesZones: zoneEgressEnabled(mesh.mesh) },
  }
}

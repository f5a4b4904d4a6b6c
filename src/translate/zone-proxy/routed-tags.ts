import type { MeshGatewaySpec } from '../../core/kinds/mesh-gateway.js'
import type { MeshGatewayRouteSpec } from '../../core/kinds/mesh-gateway-route.js'
import { type VirtualOutboundSpec, parameterTags } from '../../core/kinds/virtual-outbound.js'
import type { AvailableService } from '../../core/kinds/zone-ingress.js'
import type { MeshContext } from '../mesh-context.js'
import { policies } from '../policies/index.js'
import { selectorPolicies } from '../source-destination.js'
import { type Tags, tag } from '../tags.js'
import { wildcard } from '../gateway/listener.js'

/** The subsets by which clients of a mesh ask for each service; those of `*` may be asked of any service. */
export type RoutedTags = ReadonlyMap<string, readonly Tags[]>

/**
 * Clients say in the server name which subset of a service they want, so a zone proxy has to know every subset that some
 * route leads to.
 */
export function routedTags(mesh: MeshContext, available: readonly AvailableService[]): RoutedTags {
  const all = [...policies.flatMap((policy) => policy.routedTags?.(mesh) ?? []), ...gatewayTags(mesh)]
  // Without TrafficRoutes, every service may be called.
  if (mesh.resourcesOf('TrafficRoute').length === 0) all.unshift({ [tag.service]: wildcard })
  const byService = new Map<string, Tags[]>()
  const add = (service: string, tags: Tags) => byService.set(service, [...(byService.get(service) ?? []), tags])
  for (const tags of all) add(tags[tag.service] ?? '', tags)
  for (const { service, tags } of virtualTags(mesh, available)) add(service, tags)
  return byService
}

function gatewayTags(mesh: MeshContext): Tags[] {
  const routed = mesh
    .resourcesOf<MeshGatewayRouteSpec>('MeshGatewayRoute')
    .flatMap(({ spec: { conf } }) =>
      [...(conf?.http?.rules ?? []), ...(conf?.tcp?.rules ?? [])].flatMap(({ backends = [] }) =>
        backends.map(({ destination = {} }) => destination),
      ),
    )
  const crossMesh = mesh
    .resourcesOf<MeshGatewaySpec>('MeshGateway')
    .flatMap(({ spec }) =>
      (spec.selectors ?? []).flatMap(({ match = {} }) =>
        (spec.conf?.listeners ?? []).flatMap((listener) => (listener.crossMesh ? [{ ...spec.tags, ...match, ...listener.tags }] : [])),
      ),
    )
  return [...routed, ...crossMesh]
}

/** A VirtualOutbound makes an address of each combination of its parameters' tags. */
function virtualTags(mesh: MeshContext, available: readonly AvailableService[]): { service: string; tags: Tags }[] {
  const virtualOutbounds = mesh.resourcesOf<VirtualOutboundSpec>('VirtualOutbound')
  return available.flatMap(({ tags = {} }) =>
    selectorPolicies(virtualOutbounds, tags).map(({ spec: { conf = {} } }) => ({
      service: tags[tag.service] ?? '',
      tags: parameterTags(conf, tags),
    })),
  )
}

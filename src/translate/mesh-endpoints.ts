import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { ExternalServiceSpec } from '../core/kinds/external-service.js'
import type { ZoneIngressSpec } from '../core/kinds/zone-ingress.js'
import type { Resource } from '../core/resource.js'
import { type Endpoint, dataplaneEndpoints } from './endpoints.js'
import { addEgressEndpoints } from './external-services.js'
import { type IngressEndpoints, ingressEndpoints, remoteServiceEndpoints } from './ingress-endpoints.js'
import { addMultiZoneEndpoints, externalServiceEndpoints, meshServiceEndpoints } from './service-endpoints.js'
import type { ServiceIndex } from './services.js'
import { type EgressInstance, egressAddresses } from './zone-egresses.js'

interface EndpointSources {
  /** The mesh. */
  readonly name: string
  readonly zone: string
  readonly mtls: boolean
  readonly localityAware: boolean
  /** Whether what is outside of the mesh or the zone is reached through the zone's egresses. */
  readonly throughEgress: boolean
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
  readonly services: ServiceIndex
  readonly egresses: readonly EgressInstance[]
  resourcesOf<Spec>(type: string): readonly Resource<Spec>[]
}

/**
 * Endpoints of a mesh by service, as its proxies see them.
 * @param ingresses what other zones offer; without it, only what is in this zone counts, as its own ingress sees it
 */
export function meshEndpoints(sources: EndpointSources, ingresses?: IngressEndpoints): Map<string, readonly Endpoint[]> {
  const { zone, mtls, localityAware, throughEgress, dataplanes, services, egresses, resourcesOf } = sources
  const placement = { dataplanes, localZone: zone, localityAware }
  const map = new Map<string, readonly Endpoint[]>()
  const add = (more: ReadonlyMap<string, readonly Endpoint[]>) => {
    for (const [service, endpoints] of more) map.set(service, [...(map.get(service) ?? []), ...endpoints])
  }
  add(meshServiceEndpoints(services, placement))
  if (ingresses) add(ingresses.endpoints)
  // An ingress stands for many instances at once. As many ingresses as there are, as often each local instance counts.
  add(dataplaneEndpoints(dataplanes, { ...placement, weight: Math.max(1, ingresses?.instances ?? 1) }))
  const identified = mtls || resourcesOf('MeshIdentity').length > 0
  if (ingresses && identified) add(remoteServiceEndpoints(services, sources))
  if (throughEgress) addEgressEndpoints(resourcesOf<ExternalServiceSpec>('ExternalService'), egresses, placement, map)
  add(externalServiceEndpoints(services, egresses, placement))
  addMultiZoneEndpoints(services, map)
  return map
}

/** What the ingresses of other zones offer to proxies of a mesh: they tell services apart by the server name of mesh TLS. */
export function remoteEndpoints({ name, zone, mtls, localityAware, throughEgress, resourcesOf }: EndpointSources): IngressEndpoints {
  if (!mtls) return { endpoints: new Map(), instances: 0 }
  return ingressEndpoints(resourcesOf<ZoneIngressSpec>('ZoneIngress'), {
    mesh: name,
    localZone: zone,
    localityAware,
    egresses: throughEgress ? egressAddresses(resourcesOf('ZoneEgress'), zone) : undefined,
  })
}

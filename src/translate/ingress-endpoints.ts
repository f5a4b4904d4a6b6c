import type { ZoneIngressSpec } from '../core/kinds/zone-ingress.js'
import type { Resource } from '../core/resource.js'
import type { MeshZoneAddressSpec } from '../core/kinds/mesh-zone-address.js'
import { type Endpoint, localityIn } from './endpoints.js'
import { hostPort } from './envoy/address.js'
import { type ServiceIndex, portServiceName } from './services.js'
import { tag } from './tags.js'
import type { EgressAddress } from './zone-egresses.js'

/** What other zones offer. */
export interface IngressEndpoints {
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>
  /** How many ingresses there are, those behind one address counted once. */
  readonly instances: number
}

interface IngressOptions {
  readonly mesh: string
  readonly localZone: string
  readonly localityAware: boolean
  /** Where the zone's egresses listen, if they stand between. */
  readonly egresses?: readonly EgressAddress[]
}

/** Ingresses of other zones that can be dialled from here. */
function reachable(ingresses: readonly Resource<ZoneIngressSpec>[], localZone: string): readonly Resource<ZoneIngressSpec>[] {
  return ingresses.filter(
    ({ spec: { zone, networking } }) => zone && zone !== localZone && networking?.advertisedAddress && networking.advertisedPort,
  )
}

/**
 * The services of a mesh that the ingresses of other zones offer: one endpoint a set of tags, its weight the number of instances
 * behind it. Of several ingresses behind one address the first that offers anything counts.
 */
export function ingressEndpoints(ingresses: readonly Resource<ZoneIngressSpec>[], options: IngressOptions): IngressEndpoints {
  const { mesh, localZone, localityAware, egresses } = options
  const endpoints = new Map<string, Endpoint[]>()
  const seen = new Set<string>()
  for (const { spec } of reachable(ingresses, localZone)) {
    const { advertisedAddress = '', advertisedPort = 0 } = spec.networking ?? {}
    const place = hostPort(advertisedAddress, advertisedPort)
    const { availableServices = [] } = spec
    if (seen.has(place)) continue
    if (availableServices.length > 0) seen.add(place)
    for (const { tags = {}, instances = 0, externalService, mesh: offeredIn } of availableServices) {
      if (offeredIn !== mesh) continue
      const common = { tags, labels: {}, locality: localityIn(tags[tag.zone], localZone, localityAware) }
      const direct: Endpoint = { ...common, address: advertisedAddress, port: advertisedPort, weight: instances }
      const through = egresses?.map((egress): Endpoint => ({ ...common, ...egress, weight: 1, external: externalService ? {} : undefined }))
      const service = tags[tag.service] ?? ''
      endpoints.set(service, [...(endpoints.get(service) ?? []), ...(through ?? [direct])])
    }
  }
  return { endpoints, instances: seen.size }
}

interface Place {
  readonly address: string
  readonly port: number
}

interface PlaceSources {
  readonly zone: string
  resourcesOf<Spec>(type: string): readonly Resource<Spec>[]
}

/** Where MeshServices of other zones are: behind the proxies by which their zones are entered. */
export function remoteServiceEndpoints(services: ServiceIndex, sources: PlaceSources): Map<string, Endpoint[]> {
  const places = entrances(sources)
  const map = new Map<string, Endpoint[]>()
  for (const service of services.all) {
    if (service.kind !== 'MeshService' || service.local) continue
    const { zone } = service
    const inZone = places.get(zone) ?? []
    for (const port of service.ports) {
      const name = portServiceName(service, port)
      const tags = { [tag.service]: name, [tag.zone]: zone }
      const endpoints = inZone.map((place): Endpoint => ({ ...place, tags, labels: {}, weight: 1, locality: { zone, priority: 1 } }))
      if (endpoints.length > 0) map.set(name, endpoints)
    }
  }
  return map
}

/**
 * How other zones are entered, by zone: at the addresses that they have for this mesh alone; only without any, at their ZoneIngress.
 * Of several ZoneIngresses of one zone the first counts, as in Kuma.
 */
function entrances({ zone: localZone, resourcesOf }: PlaceSources): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, readonly Place[]>()
  const seen = new Set<string>()
  const add = (zone: string, place: Place) => {
    const key = hostPort(place.address, place.port)
    if (!seen.has(key)) places.set(zone, [...(places.get(zone) ?? []), place])
    seen.add(key)
  }
  for (const { labels, spec } of resourcesOf<MeshZoneAddressSpec>('MeshZoneAddress')) {
    const zone = labels[tag.zone]
    if (zone && zone !== localZone) add(zone, { address: spec.address, port: spec.port })
  }
  seen.clear()
  for (const { spec } of reachable(resourcesOf<ZoneIngressSpec>('ZoneIngress'), localZone)) {
    const { advertisedAddress: address = '', advertisedPort: port = 0 } = spec.networking ?? {}
    if (spec.zone && !places.has(spec.zone)) add(spec.zone, { address, port })
  }
  return places
}

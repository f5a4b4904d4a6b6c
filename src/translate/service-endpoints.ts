import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { type Endpoint, localityIn } from './endpoints.js'
import { type Inbound, inboundsOf, serviceLessPort } from './proxy.js'
import { type RealService, type ServiceIndex, type ServicePort, portServiceName, serviceKri } from './services.js'
import { type Tags, matchesTags, tag } from './tags.js'

interface Selector {
  readonly dataplaneTags?: Tags
  readonly dataplaneRef?: { readonly name?: string }
  readonly dataplaneLabels?: { readonly matchLabels?: Tags }
}

interface EndpointOptions {
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
  readonly localZone: string
  readonly localityAware: boolean
}

/** Endpoints of the local MeshServices, by service port. Source: MeshService.spec.selector. */
export function meshServiceEndpoints(services: ServiceIndex, options: EndpointOptions): Map<string, Endpoint[]> {
  const map = new Map<string, Endpoint[]>()
  for (const service of services.all) {
    if (service.kind !== 'MeshService' || !service.local) continue
    const { selector = {} } = service.resource.spec as { readonly selector?: Selector }
    for (const dataplane of options.dataplanes) {
      const inbounds = inboundsOf(dataplane.spec).filter((inbound) => inbound.ready && inbound.port !== serviceLessPort)
      if (!selects(selector, dataplane, inbounds)) continue
      for (const inbound of inbounds) {
        for (const port of service.ports) {
          if (!isTarget(port, inbound)) continue
          const name = portServiceName(service, port)
          const endpoint = endpointOf(inbound, dataplane, options)
          const known = map.get(name)
          if (known) known.push(endpoint)
          else map.set(name, [endpoint])
        }
      }
    }
  }
  return map
}

/** Tags may be spread over a proxy's inbounds only where one of them has all; which inbound serves is the port's matter. */
function selects({ dataplaneRef, dataplaneTags, dataplaneLabels }: Selector, dataplane: Resource, inbounds: readonly Inbound[]): boolean {
  if (dataplaneRef) return dataplaneRef.name === dataplane.name
  if (dataplaneTags) {
    const tags = dataplaneTags
    return Object.keys(tags).length > 0 && inbounds.some((inbound) => matchesTags(tags, inbound.tags))
  }
  if (dataplaneLabels) return matchesTags(dataplaneLabels.matchLabels ?? {}, dataplane.labels)
  return false
}

function isTarget({ targetPort }: ServicePort, inbound: Inbound): boolean {
  return typeof targetPort === 'string' ? inbound.name === targetPort : inbound.port === targetPort
}

function endpointOf(inbound: Inbound, dataplane: Resource, { localZone, localityAware }: EndpointOptions): Endpoint {
  return {
    address: inbound.advertisedAddress,
    port: inbound.port,
    tags: inbound.tags,
    labels: dataplane.labels,
    weight: 1,
    locality: localityIn(inbound.tags[tag.zone] ?? dataplane.labels[tag.zone], localZone, localityAware),
  }
}

interface MatchedService {
  readonly name: string
  readonly namespace?: string
  readonly zone?: string
  readonly mesh?: string
}

/** A MeshMultiZoneService has the endpoints of the MeshServices that its status lists, port by port. */
export function addMultiZoneEndpoints(services: ServiceIndex, endpoints: Map<string, readonly Endpoint[]>): void {
  for (const service of services.all) {
    if (service.kind !== 'MeshMultiZoneService') continue
    for (const member of multiZoneMembers(service, services)) {
      if (!available(member)) continue
      for (const port of service.ports) {
        const key = portServiceName(service, port)
        endpoints.set(key, [...(endpoints.get(key) ?? []), ...(endpoints.get(portServiceName(member, port)) ?? [])])
      }
    }
  }
}

/** The MeshServices that the control plane found for a MeshMultiZoneService. */
export function multiZoneMembers({ resource }: RealService, services: ServiceIndex): RealService[] {
  const status = (resource.status ?? {}) as { readonly meshServices?: readonly MatchedService[] }
  return (status.meshServices ?? []).flatMap(({ name, namespace = '', zone = '', mesh = '' }) => {
    const member = services.byKri(serviceKri('MeshService', mesh, zone, namespace, name))
    return member ? [member] : []
  })
}

function available({ local, resource }: RealService): boolean {
  return local || (resource.spec as { readonly state?: string }).state === 'Available'
}

/** MeshExternalServices are reached through the zone's egresses alone. */
export function externalServiceEndpoints(
  services: ServiceIndex,
  egresses: readonly { readonly address: string; readonly port: number }[],
  { localZone, localityAware }: EndpointOptions,
): Map<string, Endpoint[]> {
  const map = new Map<string, Endpoint[]>()
  for (const service of services.all) {
    const [port] = service.ports
    if (service.kind !== 'MeshExternalService' || !port) continue
    const { labels } = service.resource
    const locality = localityIn(labels[tag.zone], localZone, localityAware)
    map.set(
      portServiceName(service, port),
      egresses.map(({ address, port }) => ({
        address,
        port,
        tags: labels,
        labels: {},
        weight: 1,
        locality,
        external: { resource: service.kri },
      })),
    )
  }
  return map
}

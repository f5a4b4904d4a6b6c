import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { type Endpoint, localityIn } from './endpoints.js'
import type { Inbound } from './proxy.js'
import { servingInbounds } from './service-selectors.js'
import { type RealService, type ServiceIndex, type ServicePort, portServiceName, serviceKri } from './services.js'
import { tag } from './tags.js'

/** Where endpoints are, as seen from the zone of the control plane. */
export interface Placement {
  readonly localZone: string
  readonly localityAware: boolean
}

/** A name among the mesh's endpoints, and the ports of a MeshService that it means. */
export interface PortGroup {
  readonly service: RealService
  readonly ports: readonly ServicePort[]
}

/** The ports of the local MeshServices, by the name that they have among the mesh's endpoints. */
export function localPorts(services: ServiceIndex): ReadonlyMap<string, readonly PortGroup[]> {
  const names = new Map<string, PortGroup[]>()
  for (const service of services.all) {
    if (service.kind !== 'MeshService' || !service.local) continue
    for (const name of new Set(service.ports.map((port) => portServiceName(service, port)))) {
      const ports = service.ports.filter((port) => portServiceName(service, port) === name)
      names.set(name, [...(names.get(name) ?? []), { service, ports }])
    }
  }
  return names
}

/** Endpoints of a MeshService's ports. @param dataplanes those that it selects, sorted by name */
export function portEndpoints({ ports }: PortGroup, dataplanes: readonly Resource<DataplaneSpec>[], placement: Placement): Endpoint[] {
  return dataplanes.flatMap((dataplane) =>
    servingInbounds(dataplane).flatMap((inbound) =>
      ports.filter((port) => isTarget(port, inbound)).map(() => endpointOf(inbound, dataplane, placement)),
    ),
  )
}

function isTarget({ targetPort }: ServicePort, inbound: Inbound): boolean {
  return typeof targetPort === 'string' ? inbound.name === targetPort : inbound.port === targetPort
}

function endpointOf(inbound: Inbound, dataplane: Resource, { localZone, localityAware }: Placement): Endpoint {
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

/**
 * A MeshMultiZoneService has the endpoints of the MeshServices that its status lists, port by port: the names of those ports, by
 * the name of its own.
 */
export function multiZonePorts(services: ServiceIndex): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const service of services.all) {
    if (service.kind !== 'MeshMultiZoneService') continue
    for (const member of multiZoneMembers(service, services).filter(available)) {
      for (const port of service.ports) {
        const name = portServiceName(service, port)
        names.set(name, [...(names.get(name) ?? []), portServiceName(member, port)])
      }
    }
  }
  return names
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
  { localZone, localityAware }: Placement,
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

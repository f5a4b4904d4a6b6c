import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import { type Resource, deepFreeze } from '../core/resource.js'
import type { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import type { LbEndpoint, LocalityLbEndpoints } from '../gen/envoy/config/endpoint/v3/endpoint_components.js'
import { socketAddress } from './envoy/address.js'
import type { ExternalTls } from './envoy/external-tls.js'
import { endpointMetadata } from './envoy/metadata.js'
import { inboundsOf, serviceLessPort } from './proxy.js'
import { type Tags, matchesTags, tag, withoutTags } from './tags.js'

/** One address of a service, with what load balancing needs of it. */
export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly tags: Tags
  readonly labels: Tags
  /** Share of the load; 0 leaves it to Envoy. */
  readonly weight: number
  readonly locality?: Locality
  /** What the endpoint is outside the mesh, where it is an external service. */
  readonly external?: ExternalEndpoint
}

export interface Locality {
  readonly zone: string
  readonly subZone?: string
  /** 0 is tried first. */
  readonly priority: number
  readonly weight?: number
}

export interface ExternalEndpoint {
  /** Of an ExternalService that is dialled without an egress: TLS towards it, where it has any. */
  readonly tls?: ExternalTls
  /** KRI of the MeshExternalService; absent for an ExternalService. */
  readonly resource?: string
}

/** Endpoints by service: the same list as long as the service's endpoints are the same. */
export type EndpointMap = Pick<ReadonlyMap<string, readonly Endpoint[]>, 'get'>

/** Locality of an endpoint in a zone, as seen from the local zone. */
export function localityIn(zone: string | undefined, localZone: string, localityAware: boolean): Locality | undefined {
  if (!zone) return undefined
  return { zone, priority: localityAware && zone !== localZone ? 1 : 0 }
}

/** The endpoints that dataplanes offer by the `kuma.io/service` tag of a service. */
export function taggedEndpoints(
  service: string,
  dataplanes: readonly Resource<DataplaneSpec>[],
  { localZone, localityAware, weight }: { localZone: string; localityAware: boolean; weight: number },
): Endpoint[] {
  return dataplanes.flatMap((dataplane) =>
    inboundsOf(dataplane.spec)
      .filter((inbound) => inbound.service === service && inbound.ready && inbound.port !== serviceLessPort)
      .map((inbound) => ({
        address: inbound.advertisedAddress,
        port: inbound.port,
        tags: inbound.tags,
        labels: dataplane.labels,
        weight,
        locality: localityIn(inbound.tags[tag.zone] ?? dataplane.labels[tag.zone], localZone, localityAware),
      })),
  )
}

/** Endpoints of a subset: those whose tags contain all the others that select the destination. */
export function selectEndpoints(endpoints: readonly Endpoint[], destinationTags: Tags): readonly Endpoint[] {
  const selector = withoutTags(destinationTags, tag.service)
  if (Object.keys(selector).length === 0) return endpoints
  return endpoints.filter((endpoint) => matchesTags(selector, endpoint.tags))
}

const assignments = new WeakMap<readonly Endpoint[], Map<string, ClusterLoadAssignment>>()

/**
 * Load assignment of a destination: one object, frozen, for all proxies that have the destination.
 * @param endpoints those of its service, as {@link EndpointMap} has them
 */
export function sharedAssignment(clusterName: string, endpoints: readonly Endpoint[], destinationTags: Tags): ClusterLoadAssignment {
  const made = assignments.get(endpoints) ?? new Map<string, ClusterLoadAssignment>()
  assignments.set(endpoints, made)
  const key = JSON.stringify([clusterName, destinationTags])
  const known = made.get(key)
  if (known) return known
  const assignment = deepFreeze(loadAssignment(clusterName, selectEndpoints(endpoints, destinationTags)))
  made.set(key, assignment)
  return assignment
}

/** No endpoints, as one object. */
export const noEndpoints: readonly Endpoint[] = Object.freeze([])

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Envoy's load assignment of a cluster: localities in order of their names, endpoints in order of address and port. */
export function loadAssignment(clusterName: string, endpoints: readonly Endpoint[]): ClusterLoadAssignment {
  const localities = new Map<string, { group: LocalityLbEndpoints; members: Endpoint[] }>()
  for (const endpoint of endpoints) {
    const { locality } = endpoint
    const key = locality ? `${locality.zone}/${locality.subZone ?? ''}/${locality.priority}/${locality.weight ?? 0}` : ''
    let entry = localities.get(key)
    if (!entry) {
      entry = { group: localityGroup(locality), members: [] }
      localities.set(key, entry)
    }
    entry.members.push(endpoint)
  }
  const groups = [...localities.values()].map(({ group, members }) => {
    members.sort((a, b) => compare(a.address, b.address) || a.port - b.port)
    group.lbEndpoints = members.map(lbEndpoint)
    return group
  })
  const place = (g: LocalityLbEndpoints) => (g.locality?.zone ?? '') + (g.locality?.subZone ?? '')
  groups.sort((a, b) => compare(place(a), place(b)) || (a.priority ?? 0) - (b.priority ?? 0))
  return groups.length > 0 ? { clusterName, endpoints: groups } : { clusterName }
}

function localityGroup(locality: Locality | undefined): LocalityLbEndpoints {
  if (!locality) return {}
  return {
    locality: { zone: locality.zone, subZone: locality.subZone },
    priority: locality.priority,
    loadBalancingWeight: locality.weight || undefined,
  }
}

export function lbEndpoint(endpoint: Endpoint): LbEndpoint {
  return {
    hostIdentifier: { $case: 'endpoint', endpoint: { address: socketAddress(endpoint.address, endpoint.port) } },
    metadata: endpointMetadata(endpoint.tags, endpoint.labels),
    loadBalancingWeight: endpoint.weight > 0 ? endpoint.weight : undefined,
  }
}

import type { ExternalServiceSpec } from '../core/kinds/external-service.js'
import type { ZoneIngressSpec } from '../core/kinds/zone-ingress.js'
import type { Resource } from '../core/resource.js'
import { sameValue } from '../core/same-value.js'
import { type DataplaneGroups, groups } from './dataplane-groups.js'
import { type Endpoint, type EndpointMap, taggedEndpoints } from './endpoints.js'
import { addEgressEndpoints } from './external-services.js'
import { type IngressEndpoints, ingressEndpoints, remoteServiceEndpoints } from './ingress-endpoints.js'
import { type PortGroup, externalServiceEndpoints, localPorts, multiZonePorts, portEndpoints } from './service-endpoints.js'
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
  readonly services: ServiceIndex
  readonly egresses: readonly EgressInstance[]
  resourcesOf<Spec>(type: string): readonly Resource<Spec>[]
}

/** What endpoints are made of besides the Dataplanes. */
export interface EndpointRules {
  readonly placement: { readonly localZone: string; readonly localityAware: boolean; readonly weight: number }
  readonly ports: ReadonlyMap<string, readonly PortGroup[]>
  /** Endpoints that are no Dataplanes, in the order in which they join: before and after those of the service's tag. */
  readonly before: EndpointMap
  readonly after: readonly EndpointMap[]
  /** Ports of MeshServices that count for a port of a MeshMultiZoneService, and the other way round. */
  readonly multiZone: ReadonlyMap<string, readonly string[]>
  readonly spanning: ReadonlyMap<string, readonly string[]>
}

/** Types of resources, besides Dataplanes, that endpoints are made of. */
export const endpointTypes: readonly string[] = [
  'Mesh',
  'ZoneEgress',
  'ZoneIngress',
  'MeshZoneAddress',
  'MeshIdentity',
  'ExternalService',
  'MeshService',
  'MeshExternalService',
  'MeshMultiZoneService',
]

/**
 * @param view `mesh`: as the mesh's proxies see it; `zone`: only what is in this zone, as its own ingress sees it
 */
export function endpointRules(sources: EndpointSources, view: 'mesh' | 'zone'): EndpointRules {
  const { zone, mtls, localityAware, throughEgress, services, egresses, resourcesOf } = sources
  const placement = { localZone: zone, localityAware }
  const ingresses = view === 'mesh' ? remoteEndpoints(sources) : undefined
  const identified = mtls || resourcesOf('MeshIdentity').length > 0
  const multiZone = multiZonePorts(services)
  const outside = new Map<string, readonly Endpoint[]>()
  if (throughEgress) addEgressEndpoints(resourcesOf<ExternalServiceSpec>('ExternalService'), egresses, placement, outside)
  return {
    // An ingress stands for many instances at once. As many ingresses as there are, as often each local instance counts.
    placement: { ...placement, weight: Math.max(1, ingresses?.instances ?? 1) },
    ports: localPorts(services),
    before: ingresses?.endpoints ?? new Map(),
    after: [
      ingresses && identified ? remoteServiceEndpoints(services, sources) : new Map(),
      outside,
      externalServiceEndpoints(services, egresses, placement),
    ],
    multiZone,
    spanning: inverse(multiZone),
  }
}

function inverse(map: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const turned = new Map<string, string[]>()
  for (const [key, values] of map) for (const value of values) turned.set(value, [...(turned.get(value) ?? []), key])
  return turned
}

/** What was worked out, with what from. */
interface Made {
  readonly from: readonly unknown[]
  /** Absent: nobody is behind the service, but it was asked for. */
  readonly endpoints: readonly Endpoint[] | undefined
}

/** Endpoints that were worked out before: what is equal to them stays the same object. */
export type KnownEndpoints = Map<string, Made>

/** Endpoints of a mesh by service, each worked out when it is first asked for. */
export function meshEndpoints(dataplanes: DataplaneGroups, rules: EndpointRules, known: KnownEndpoints): EndpointMap {
  const answers = new Map<string, readonly Endpoint[] | undefined>()
  function get(service: string): readonly Endpoint[] | undefined {
    const answer = answers.get(service)
    if (answer || answers.has(service)) return answer
    const found = find(service)
    answers.set(service, found)
    return found
  }
  function find(service: string): readonly Endpoint[] | undefined {
    const tagged = dataplanes.of(groups.tagged(service))
    const selected = (rules.ports.get(service) ?? []).map((group) => ({
      group,
      members: dataplanes.of(groups.selected(group.service.kri)),
    }))
    const elsewhere = [rules.before.get(service), ...rules.after.map((map) => map.get(service))]
    const members = (rules.multiZone.get(service) ?? []).map((port) => get(port) ?? nothing)
    const from = [rules, tagged, ...selected.map((one) => one.members), ...members]
    const made = known.get(service)
    if (made && made.from.length === from.length && made.from.every((input, i) => input === from[i])) return made.endpoints
    if (tagged.length + selected.length + members.length === 0 && elsewhere.every((list) => list === undefined)) {
      known.set(service, { from, endpoints: undefined })
      return undefined
    }
    const [before = nothing, ...after] = elsewhere
    const endpoints = [
      ...selected.flatMap(({ group, members }) => portEndpoints(group, members, rules.placement)),
      ...before,
      ...taggedEndpoints(service, tagged, rules.placement),
      ...after.flatMap((list) => list ?? nothing),
      ...members.flat(),
    ]
    const kept = made?.endpoints && sameValue(made.endpoints, endpoints) ? made.endpoints : endpoints
    known.set(service, { from, endpoints: kept })
    return kept
  }
  return { get }
}

const nothing: readonly Endpoint[] = Object.freeze([])

/** What the ingresses of other zones offer to proxies of a mesh: they tell services apart by the server name of mesh TLS. */
export function remoteEndpoints({
  name,
  zone,
  mtls,
  localityAware,
  throughEgress,
  resourcesOf,
}: Omit<EndpointSources, 'services' | 'egresses'>): IngressEndpoints {
  if (!mtls) return { endpoints: new Map(), instances: 0 }
  return ingressEndpoints(resourcesOf<ZoneIngressSpec>('ZoneIngress'), {
    mesh: name,
    localZone: zone,
    localityAware,
    egresses: throughEgress ? egressAddresses(resourcesOf('ZoneEgress'), zone) : undefined,
  })
}

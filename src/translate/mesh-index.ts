import { KumaError } from '../core/errors.js'
import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { ExternalServiceSpec } from '../core/kinds/external-service.js'
import { VirtualAddresses, type VirtualAddressesSpec } from '../core/kinds/internal.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import type { Resource } from '../core/resource.js'
import { sameValue } from '../core/same-value.js'
import { tlsReadyServices } from '../core/service-insight.js'
import { type DataplaneChange, type DataplaneGroups, groupDataplanes, groups } from './dataplane-groups.js'
import { type CrossMeshGateways, otherMeshEndpoints } from './cross-mesh.js'
import { type EndpointMap, noEndpoints } from './endpoints.js'
import { byService, externalServiceEndpoint } from './external-services.js'
import { type MeshContext, type MeshContextOptions, enabledMtls, zoneEgressEnabled } from './mesh-context.js'
import { type EndpointRules, type KnownEndpoints, endpointRules, endpointTypes, meshEndpoints, remoteEndpoints } from './mesh-endpoints.js'
import { type ResourceLists, resourceLists } from './resource-lists.js'
import { createMeshRules } from './rules/index.js'
import { natureOf } from './service-nature.js'
import { type SelectorIndex, createSelectorIndex } from './service-selectors.js'
import { type ServiceIndex, createServiceIndex, serviceKinds } from './services.js'
import { tag } from './tags.js'
import { trustDomainsOf } from './trust.js'
import { egressInstances } from './zone-egresses.js'
import { type VipDomains, type Vips, vipOutbounds } from './vips.js'

/** A mesh's context, with what the next one is made from. */
export interface MeshIndex {
  readonly context: MeshContext
  readonly lists: ResourceLists
  readonly selectors: SelectorIndex
  readonly groups: DataplaneGroups
  readonly endpointRules: EndpointRules
  readonly known: KnownEndpoints
  /** Services that take TLS. */
  readonly tlsReady: ReadonlySet<string>
  /** Parts that are made when they are first asked for, as far as they were. */
  readonly made: { vips?: Vips; outside?: Outside }
}

/** ExternalServices that proxies dial themselves. */
interface Outside {
  readonly services: MeshContext['externalServices']
  readonly endpoints: MeshContext['externalEndpoints']
}

/** What became of a mesh's resources. */
export interface MeshChange {
  /** Types of which a resource came, went or became another. */
  readonly types: ReadonlySet<string>
  readonly dataplanes: readonly DataplaneChange[]
}

/**
 * Indexes one mesh.
 * @param resources the mesh's own resources and the global ones
 * @throws KumaError `unknown-mesh` when the Mesh itself is not among them
 */
export function createMeshContext(name: string, resources: Iterable<Resource>, options: MeshContextOptions): MeshContext {
  return indexMesh(name, resourceLists(resources), options).context
}

/**
 * The same over lists, and from what it was before a change: parts that the change doesn't concern stay the same objects.
 * @throws KumaError `unknown-mesh`
 */
export function indexMesh(
  name: string,
  lists: ResourceLists,
  options: MeshContextOptions,
  update?: { readonly before: MeshIndex; readonly change: MeshChange },
): MeshIndex {
  const { before, change } = update ?? {}
  const resourcesOf = <Spec>(type: string) => (lists.get(type) ?? []) as readonly Resource<Spec>[]
  const mesh = resourcesOf<MeshSpec>('Mesh').find((one) => one.name === name)
  if (!mesh) throw new KumaError('unknown-mesh', `there is no Mesh "${name}" among the resources`)
  const touches = (types: readonly string[]) => !change || types.some((type) => change.types.has(type))
  const kept = <T>(types: readonly string[], part: T | undefined): T | undefined => (touches(types) ? undefined : part)

  const dataplanes = resourcesOf<DataplaneSpec>('Dataplane')
  const services = kept(serviceTypes, before?.context.services) ?? createServiceIndex(resourcesOf, before?.context.services)
  const mtls = enabledMtls(mesh)
  const localityAware = mesh.spec.routing?.localityAwareLoadBalancing === true
  const throughEgress = zoneEgressEnabled(mesh)
  const egresses = keepEgresses(before, change) ?? egressInstances({ zone: options.zone, dataplanes, resourcesOf })
  const sources = { name, zone: options.zone, mtls: mtls !== undefined, localityAware, throughEgress, services, egresses, resourcesOf }
  const sameEgresses = before?.context.egresses === egresses
  const rules = (sameEgresses ? kept(endpointTypes, before.endpointRules) : undefined) ?? endpointRules(sources, 'mesh')
  const selectors = kept(['MeshService'], before?.selectors) ?? createSelectorIndex(services)
  const formerGroups = kept(['MeshService'], before?.groups)
  const grouped = formerGroups ? formerGroups.with(change?.dataplanes ?? []) : groupDataplanes(dataplanes, selectors)
  const known: KnownEndpoints = before?.known ?? new Map()
  const endpoints = meshEndpoints(grouped, rules, known)
  const tlsReady = kept(['ServiceInsight'], before?.tlsReady) ?? tlsReadyServices(resourcesOf('ServiceInsight'))
  const made: { vips?: Vips; outside?: Outside } = {
    vips:
      before?.made.vips && before.context.crossMesh === options.crossMesh && sameVipSources(before, grouped, lists, change)
        ? before.made.vips
        : undefined,
    outside: kept(outsideTypes, before?.made.outside),
  }
  // What is made later must not hold on to all of what was before, and to what was before that.
  const former = { ...before?.made }
  const vips = () => (made.vips ??= keepVips(former.vips, vipsOf(name, mesh, options, dataplanes, resourcesOf)))
  const otherEndpoints = new Map<string, EndpointMap>()
  const outside = () => (made.outside ??= keepOutside(former.outside, outsideOf(mesh, options, resourcesOf)))
  const { crossMesh = nowhere } = options
  let localEndpoints: MeshContext['localEndpoints'] | undefined
  const context: MeshContext = {
    name,
    mesh,
    zone: options.zone,
    dataplanes,
    endpoints,
    get localEndpoints() {
      return (localEndpoints ??= meshEndpoints(grouped, endpointRules(sources, 'zone'), new Map()))
    },
    tlsReady,
    get vipOutbounds() {
      return vips().outbounds
    },
    get vipAddresses() {
      return vips().addresses
    },
    get vipDomains() {
      return [...vips().domains, ...serviceVipDomains(services)]
    },
    services,
    crossMesh,
    endpointsIn(other) {
      const found = otherEndpoints.get(other) ?? endpointsOfOther(other, crossMesh, sources)
      otherEndpoints.set(other, found)
      return found
    },
    egresses,
    files: options.files,
    mtls,
    trustDomains: kept(['MeshTrust'], before?.context.trustDomains) ?? trustDomainsOf(resourcesOf('MeshTrust')),
    rules: createMeshRules({ name, resourcesOf }, {}, before && change && { rules: before.context.rules, types: change.types }),
    resourcesOf,
    hasAny: (type) => resourcesOf(type).length > 0,
    protocolOf: (service) => natureOf(endpoints.get(service) ?? outside().endpoints.get(service) ?? noEndpoints).protocol,
    isExternalService(service) {
      return natureOf(endpoints.get(service) ?? noEndpoints).external ?? outside().endpoints.get(service) !== undefined
    },
    isBehindEgress: (service) => natureOf(endpoints.get(service) ?? noEndpoints).external === true,
    get externalServices() {
      return outside().services
    },
    get externalEndpoints() {
      return outside().endpoints
    },
  }
  return { context, lists, selectors, tlsReady, groups: grouped, endpointRules: rules, known, made }
}

const serviceTypes: readonly string[] = Object.keys(serviceKinds)
const outsideTypes: readonly string[] = ['Mesh', 'ExternalService', 'Secret']
const vipTypes: readonly string[] = ['Mesh', 'VirtualOutbound', 'ZoneIngress', 'ExternalService', VirtualAddresses.type]

const nowhere: readonly CrossMeshGateways[] = Object.freeze([])

/** Egresses are Dataplanes with listeners of that kind, or global resources. */
function keepEgresses(before: MeshIndex | undefined, change: MeshChange | undefined): MeshContext['egresses'] | undefined {
  if (!before || !change || egressTypes.some((type) => change.types.has(type))) return undefined
  const concerned = change.dataplanes.some(({ before, after }) => [before, after].some((one) => one?.spec.networking?.listeners?.length))
  return concerned ? undefined : before.context.egresses
}

const egressTypes: readonly string[] = ['ZoneEgress', 'MeshIdentity']

/** Endpoints of the gateways that another mesh has for this one. */
function endpointsOfOther(
  other: string,
  crossMesh: readonly CrossMeshGateways[],
  sources: Omit<Parameters<typeof remoteEndpoints>[0], 'name' | 'mtls'>,
): EndpointMap {
  const { zone, localityAware } = sources
  const here = crossMesh.find(({ mesh }) => mesh === other)
  return otherMeshEndpoints(here, remoteEndpoints({ ...sources, name: other, mtls: true }), { zone, localityAware })
}

/** The former parts where they are the same. */
function keepVips(before: Vips | undefined, after: Vips): Vips {
  if (!before) return after
  const outbounds = sameValue(before.outbounds, after.outbounds) ? before.outbounds : after.outbounds
  const domains = sameValue(before.domains, after.domains) ? before.domains : after.domains
  const addresses = sameValue([...before.addresses], [...after.addresses]) ? before.addresses : after.addresses
  return { outbounds, domains, addresses }
}

function keepOutside(before: Outside | undefined, after: Outside): Outside {
  return before && sameValue(before.services, after.services) ? before : after
}

/** Virtual addresses follow the names of services; templates of VirtualOutbounds read all tags of their instances. */
function sameVipSources(
  { groups: before, lists }: MeshIndex,
  after: DataplaneGroups,
  now: ResourceLists,
  change: MeshChange | undefined,
): boolean {
  if (!change || vipTypes.some((type) => change.types.has(type))) return false
  if (change.dataplanes.length === 0) return true
  if ((lists.get('VirtualOutbound') ?? []).length > 0) return false
  const some = (index: ResourceLists) => (index.get('Dataplane') ?? []).length > 0
  if (some(lists) !== some(now)) return false
  const services = change.dataplanes.flatMap(({ before, after }) => [...servicesOf(before), ...servicesOf(after)])
  return services.every((service) => {
    const group = groups.addressed(service)
    return before.of(group).length > 0 === after.of(group).length > 0
  })
}

function servicesOf(dataplane: Resource<DataplaneSpec> | undefined): string[] {
  return (dataplane?.spec.networking?.inbound ?? []).flatMap(({ tags }) => tags?.[tag.service] ?? [])
}

type ResourcesOf = MeshContext['resourcesOf']

function vipsOf(
  name: string,
  mesh: Resource<MeshSpec>,
  { zone, vips, handOutVips, crossMesh }: MeshContextOptions,
  dataplanes: readonly Resource<DataplaneSpec>[],
  resourcesOf: ResourcesOf,
): Vips {
  if (mesh.spec.meshServices?.mode === 'Exclusive') return { outbounds: [], domains: [], addresses: new Map() }
  const kept = resourcesOf<VirtualAddressesSpec>(VirtualAddresses.type).flatMap(({ spec }) => Object.entries(spec.addresses ?? {}))
  const known = new Map([...kept, ...(vips?.get(name) ?? [])])
  return vipOutbounds({ zone, dataplanes, resourcesOf, crossMesh, known, handOut: handOutVips })
}

function outsideOf(mesh: Resource<MeshSpec>, { zone, files }: MeshContextOptions, resourcesOf: ResourcesOf): Outside {
  const placement = { localZone: zone, localityAware: mesh.spec.routing?.localityAwareLoadBalancing === true }
  const resources = zoneEgressEnabled(mesh) ? [] : resourcesOf<ExternalServiceSpec>('ExternalService')
  const services = resources.map((service) => externalServiceEndpoint(service, { resourcesOf, files }, placement))
  return { services, endpoints: byService(services) }
}

function serviceVipDomains(services: ServiceIndex): VipDomains[] {
  return services.all.flatMap(({ vips, hostnames }) => (vips[0] === undefined ? [] : [{ address: vips[0], hostnames }]))
}

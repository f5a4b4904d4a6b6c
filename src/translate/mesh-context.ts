import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import { KumaError } from '../core/errors.js'
import type { Resource } from '../core/resource.js'
import { type CrossMeshGateways, otherMeshEndpoints } from './cross-mesh.js'
import type { ExternalServiceSpec } from '../core/kinds/external-service.js'
import { type ExternalServiceEndpoint, byService, externalServiceEndpoint } from './external-services.js'
import type { Endpoint, EndpointMap } from './endpoints.js'
import { meshEndpoints, remoteEndpoints } from './mesh-endpoints.js'
import { type Protocol, commonProtocol, parseProtocol } from './protocol.js'
import { type MeshRules, createMeshRules } from './rules/index.js'
import { type ServiceIndex, createServiceIndex } from './services.js'
import { tag } from './tags.js'
import { type TrustDomains, trustDomainsOf } from './trust.js'
import { type EgressInstance, egressInstances } from './zone-egresses.js'
import { type VipAddresses, type VipDomains, type VipOutbound, type Vips, vipOutbounds } from './vips.js'

/** What all proxies of one mesh share, made once. */
export interface MeshContext {
  readonly name: string
  readonly mesh: Resource<MeshSpec>
  readonly zone: string
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
  readonly endpoints: EndpointMap
  /** Those of this zone alone, as its ingress sees them. */
  readonly localEndpoints: EndpointMap
  /** Services whose proxies all hold a certificate: their clients may insist on TLS in PERMISSIVE mode. */
  readonly tlsReady: ReadonlySet<string>
  /** Listeners of transparent proxies: every service at its virtual IP. */
  readonly vipOutbounds: readonly VipOutbound[]
  readonly vipDomains: readonly VipDomains[]
  /** Their addresses, to be handed in the next time. */
  readonly vipAddresses: VipAddresses
  readonly mtls?: EnabledMtls
  /** CAs of the trust domains that MeshTrusts name; those of the mesh's own mTLS are not among them. */
  readonly trustDomains: TrustDomains
  /** Resources of the mesh (and global ones) of a type, sorted by name. */
  resourcesOf<Spec = unknown>(type: string): readonly Resource<Spec>[]
  /** What clients speak to a service: what all its instances have in common. */
  protocolOf(service: string): Protocol
  /** Whether a service is outside the mesh. Where instances inside have the same name, it is what the first of them is. */
  isExternalService(service: string): boolean
  /** ExternalServices that proxies dial themselves: none where the mesh has them go through zone egresses. */
  readonly externalServices: readonly ExternalServiceEndpoint[]
  /** Their endpoints by service. */
  readonly externalEndpoints: EndpointMap
  /** What the targetRef policies say to each proxy. */
  readonly rules: MeshRules
  /** MeshServices and their family. */
  readonly services: ServiceIndex
  /** Every mesh's gateways that proxies of other meshes may use. */
  readonly crossMesh: readonly CrossMeshGateways[]
  /** Endpoints of the gateways of another mesh, by service. */
  endpointsIn(mesh: string): EndpointMap
  /** The egresses by which its proxies leave the mesh. */
  readonly egresses: readonly EgressInstance[]
  /** What the files hold that resources name as data sources, by path. */
  readonly files?: ReadonlyMap<string, Uint8Array>
}

export interface EnabledMtls {
  readonly backend: string
  readonly mode: 'STRICT' | 'PERMISSIVE'
}

export interface MeshContextOptions {
  /** Every mesh's gateways that proxies of other meshes may use. */
  readonly crossMesh?: readonly CrossMeshGateways[]
  /** Zone of the control plane. */
  readonly zone: string
  readonly tlsReadyServices?: ReadonlySet<string>
  /** Virtual addresses that were handed out before, by mesh. Without them, all are handed out afresh. */
  readonly vips?: ReadonlyMap<string, VipAddresses>
  /** What the files hold that resources name as data sources, by path. A file that isn't among them counts as unreadable. */
  readonly files?: ReadonlyMap<string, Uint8Array>
}

/** Resources by type, each list sorted by name: the order in which resources were handed in never shows. */
export function byType(resources: Iterable<Resource>): ReadonlyMap<string, readonly Resource[]> {
  const types = new Map<string, Resource[]>()
  for (const resource of resources) {
    const list = types.get(resource.type)
    if (list) list.push(resource)
    else types.set(resource.type, [resource])
  }
  for (const list of types.values()) list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return types
}

/** The mesh's mTLS as far as it is on. */
export function enabledMtls(mesh: Resource<MeshSpec>): EnabledMtls | undefined {
  const name = mesh.spec.mtls?.enabledBackend
  if (!name) return undefined
  const backend = mesh.spec.mtls?.backends?.find((b) => b.name === name)
  return { backend: name, mode: backend?.mode === 'PERMISSIVE' ? 'PERMISSIVE' : 'STRICT' }
}

/**
 * Indexes one mesh.
 * @param resources the mesh's own resources and the global ones
 * @throws KumaError `unknown-mesh` when the Mesh itself is not among them
 */
export function createMeshContext(name: string, resources: Iterable<Resource>, options: MeshContextOptions): MeshContext {
  const types = byType(resources)
  const resourcesOf = <Spec>(type: string) => (types.get(type) ?? []) as readonly Resource<Spec>[]
  const mesh = resourcesOf<MeshSpec>('Mesh').find((m) => m.name === name)
  if (!mesh) throw new KumaError('unknown-mesh', `there is no Mesh "${name}" among the resources`)
  const dataplanes = resourcesOf<DataplaneSpec>('Dataplane')
  const localityAware = mesh.spec.routing?.localityAwareLoadBalancing === true
  const placement = { localZone: options.zone, localityAware }
  const services = createServiceIndex(resourcesOf)
  const throughEgress = zoneEgressEnabled(mesh)
  const egresses = egressInstances({ zone: options.zone, dataplanes, resourcesOf })
  const sources = {
    name,
    zone: options.zone,
    mtls: enabledMtls(mesh) !== undefined,
    localityAware,
    throughEgress,
    dataplanes,
    services,
    egresses,
    resourcesOf,
  }
  const endpoints = meshEndpoints(sources, remoteEndpoints(sources))
  let localEndpoints: EndpointMap | undefined
  const outside = throughEgress ? [] : resourcesOf<ExternalServiceSpec>('ExternalService')
  const externalServices = outside.map((service) => externalServiceEndpoint(service, { resourcesOf, files: options.files }, placement))
  const externalEndpoints = byService(externalServices)
  const exclusive = mesh.spec.meshServices?.mode === 'Exclusive'
  const known = options.vips?.get(name)
  const crossMesh = options.crossMesh ?? []
  const otherEndpoints = new Map<string, EndpointMap>()
  const vips: Vips = exclusive
    ? { outbounds: [], domains: [], addresses: new Map() }
    : vipOutbounds({ zone: options.zone, dataplanes, resourcesOf, crossMesh, known })
  const protocols = new Map<string, Protocol>()
  return {
    name,
    mesh,
    zone: options.zone,
    dataplanes,
    endpoints,
    get localEndpoints() {
      return (localEndpoints ??= meshEndpoints(sources))
    },
    tlsReady: options.tlsReadyServices ?? new Set(),
    vipOutbounds: vips.outbounds,
    vipAddresses: vips.addresses,
    vipDomains: [...vips.domains, ...serviceVipDomains(services)],
    services,
    crossMesh,
    endpointsIn(other) {
      let found = otherEndpoints.get(other)
      if (!found) {
        const here = crossMesh.find(({ mesh }) => mesh === other)
        found = otherMeshEndpoints(here, remoteEndpoints({ ...sources, name: other, mtls: true }), { zone: options.zone, localityAware })
        otherEndpoints.set(other, found)
      }
      return found
    },
    egresses,
    files: options.files,
    mtls: enabledMtls(mesh),
    trustDomains: trustDomainsOf(resourcesOf('MeshTrust')),
    rules: createMeshRules({ name, resourcesOf }),
    resourcesOf,
    protocolOf(service) {
      let protocol = protocols.get(service)
      if (protocol === undefined) {
        protocol = inferProtocol(endpoints.get(service) ?? externalEndpoints.get(service) ?? [])
        protocols.set(service, protocol)
      }
      return protocol
    },
    isExternalService(service) {
      const inside = endpoints.get(service)?.[0]
      return inside ? inside.external !== undefined : externalEndpoints.has(service)
    },
    externalServices,
    externalEndpoints,
  }
}

function serviceVipDomains(services: ServiceIndex): VipDomains[] {
  return services.all.flatMap(({ vips, hostnames }) => (vips[0] === undefined ? [] : [{ address: vips[0], hostnames }]))
}

/** Instances tell their protocol by tag alone; one that tells none makes the service plain TCP. */
function inferProtocol(endpoints: readonly Endpoint[]): Protocol {
  const protocols = endpoints.map((endpoint) => parseProtocol(endpoint.tags[tag.protocol]))
  return protocols.length === 0 ? 'unknown' : protocols.reduce(commonProtocol)
}

/** Whether proxies may reach addresses outside the mesh without an ExternalService. Default: yes. */
export function enabledPassthrough(mesh: Resource<MeshSpec>): boolean {
  return mesh.spec.networking?.outbound?.passthrough !== false
}

/** Whether traffic out of the mesh or the zone goes through the zone's egress. Default: no. */
export function zoneEgressEnabled(mesh: Resource<MeshSpec>): boolean {
  return mesh.spec.routing?.zoneEgress === true
}

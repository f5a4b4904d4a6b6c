import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import type { Resource } from '../core/resource.js'
import type { CrossMeshGateways } from './cross-mesh.js'
import type { FileContents } from './data-source.js'
import type { ExternalServiceEndpoint } from './external-services.js'
import type { EndpointMap } from './endpoints.js'
import type { Protocol } from './protocol.js'
import type { MeshRules } from './rules/index.js'
import type { ServiceIndex } from './services.js'
import type { TrustDomains } from './trust.js'
import type { EgressInstance } from './zone-egresses.js'
import type { VipAddresses, VipDomains, VipOutbound } from './vips.js'

/** What all proxies of one mesh share, made once. */
export interface MeshContext {
  readonly name: string
  readonly mesh: Resource<MeshSpec>
  readonly zone: string
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
  readonly endpoints: EndpointMap
  /** Those of this zone alone, as its ingress sees them. */
  readonly localEndpoints: EndpointMap
  /** Whether all proxies of a service hold a certificate: its clients may insist on TLS in PERMISSIVE mode. */
  readonly tlsReady: Pick<ReadonlySet<string>, 'has'>
  /** Listeners of transparent proxies: every service at its virtual IP. */
  readonly vipOutbounds: readonly VipOutbound[]
  readonly vipDomains: readonly VipDomains[]
  /** Their addresses, to be kept; with those that names without an address would be given. */
  readonly vipAddresses: VipAddresses
  readonly mtls?: EnabledMtls
  /** CAs of the trust domains that MeshTrusts name; those of the mesh's own mTLS are not among them. */
  readonly trustDomains: TrustDomains
  /** Resources of the mesh (and global ones) of a type, sorted by name. */
  resourcesOf<Spec = unknown>(type: string): readonly Resource<Spec>[]
  hasAny(type: string): boolean
  /** What clients speak to a service: what all its instances have in common. */
  protocolOf(service: string): Protocol
  /** Whether a service is outside the mesh. Where instances inside have the same name, it is what the first of them is. */
  isExternalService(service: string): boolean
  /** Whether the service is one outside the mesh that a zone egress leads to. */
  isBehindEgress(service: string): boolean
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
  readonly files?: FileContents
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
  /** Virtual addresses that were handed out before, by mesh, beside those that its VirtualAddresses name. */
  readonly vips?: ReadonlyMap<string, VipAddresses>
  /** Whether names without a virtual address are given a free one; otherwise they have none until VirtualAddresses name it. Default: true. */
  readonly handOutVips?: boolean
  /** What the files hold that resources name as data sources, by path. A file that isn't among them counts as unreadable. */
  readonly files?: FileContents
}

/** The mesh's mTLS as far as it is on. */
export function enabledMtls(mesh: Resource<MeshSpec>): EnabledMtls | undefined {
  const name = mesh.spec.mtls?.enabledBackend
  if (!name) return undefined
  const backend = mesh.spec.mtls?.backends?.find((b) => b.name === name)
  return { backend: name, mode: backend?.mode === 'PERMISSIVE' ? 'PERMISSIVE' : 'STRICT' }
}

/** Whether proxies may reach addresses outside the mesh without an ExternalService. Default: yes. */
export function enabledPassthrough(mesh: Resource<MeshSpec>): boolean {
  return mesh.spec.networking?.outbound?.passthrough !== false
}

/** Whether traffic out of the mesh or the zone goes through the zone's egress. Default: no. */
export function zoneEgressEnabled(mesh: Resource<MeshSpec>): boolean {
  return mesh.spec.routing?.zoneEgress === true
}

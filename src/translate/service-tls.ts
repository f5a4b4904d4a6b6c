import type { Cluster_TransportSocketMatch } from '../gen/envoy/config/cluster/v3/cluster.js'
import type { TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import { exactly, meshClientTls, startsWith, uriSan } from './envoy/tls.js'
import { isLabel1123 } from '../core/validate/kubernetes-names.js'
import { names, serviceServerName, sniForService, spiffeId } from './names.js'
import type { ProxyContext } from './proxy.js'
import { multiZoneMembers } from './service-endpoints.js'
import { type RealService, type ServicePort, portServiceName, serviceKinds, withSection } from './services.js'
import { tag } from './tags.js'

interface ServiceIdentity {
  readonly type?: string
  readonly value?: string
}

export interface ServiceTlsOptions {
  /** Whether an egress stands between: then it is the egress that proves who it is. */
  readonly egress?: boolean
  /** A builtin gateway asks: it insists on TLS in PERMISSIVE mode, whatever the service says of itself. */
  readonly gateway?: boolean
  /** The port's name or number, as the reference to it says. */
  readonly section: string
}

/**
 * TLS towards a real service: whom it is may be said by its identities; without any, anybody of the mesh will do. A proxy with an
 * identity of its own uses that, whatever mTLS the mesh has.
 */
export function serviceTls(
  service: RealService,
  port: ServicePort,
  proxy: ProxyContext,
  options: ServiceTlsOptions,
): TransportSocket | undefined {
  const { mtls, name: mesh } = proxy.mesh
  const { egress = false, gateway = false } = options
  const sans = egress ? egressIds(proxy) : serviceIds(service, proxy)
  const matchers = sans.map((san) => uriSan(exactly(san)))
  const sni = clientSni(service, port, proxy, options)
  if (proxy.workloadIdentity) return meshClientTls(proxy.secrets.workloadTls(proxy.workloadIdentity), matchers, sni)
  if (!mtls) return undefined
  const { status } = service.resource as { status?: { tls?: { status?: string } } }
  const ready = gateway || service.kind !== 'MeshService' || !service.local || status?.tls?.status === 'Ready'
  if (mtls.mode === 'PERMISSIVE' && !ready) return undefined
  const secrets = egress ? proxy.secrets.meshCaTls(mesh) : proxy.secrets.meshTls(mesh)
  return meshClientTls(secrets, sans.length > 0 ? matchers : [uriSan(startsWith(`spiffe://${mesh}/`))], sni)
}

/**
 * TLS towards the zones of a MeshMultiZoneService that know it by another server name than the others: behind a ZoneIngress nobody
 * knows identifiers. Its endpoints tell their zone.
 */
export function zoneTls(service: RealService, port: ServicePort, proxy: ProxyContext): Cluster_TransportSocketMatch[] | undefined {
  const { workloadIdentity } = proxy
  if (!workloadIdentity || service.kind !== 'MeshMultiZoneService' || !asksByIdentifier(service, port, proxy)) return undefined
  const zones = new Set(zonesOf(service, port, proxy).filter((zone) => zone && !hasZoneProxy(zone, proxy)))
  if (zones.size === 0) return undefined
  const matchers = serviceIds(service, proxy).map((san) => uriSan(exactly(san)))
  const transportSocket = meshClientTls(proxy.secrets.workloadTls(workloadIdentity), matchers, serviceSni(service, port))
  return [...zones].sort().map((zone) => ({ name: zone, match: { [tag.zone]: zone }, transportSocket }))
}

/** Whom an egress of this zone may prove to be. */
function egressIds({ mesh, workloadIdentity }: ProxyContext): readonly string[] {
  if (!workloadIdentity) return [spiffeId(mesh.name, names.zoneEgressService)]
  return mesh.egresses.flatMap((egress) => egress.spiffeId ?? [])
}

/** In the order of the identities as they are written, or of what they amount to where a workload of its own asks, as in Kuma. */
function serviceIds(service: RealService, proxy: ProxyContext): readonly string[] {
  const idOf = ({ type, value = '' }: ServiceIdentity) => (type === 'SpiffeID' ? value : spiffeId(proxy.mesh.name, value))
  const written = [...identitiesOf(service, proxy)].sort((a, b) => ((a.value ?? '') < (b.value ?? '') ? -1 : 1))
  const ids = [...new Set(written.map(idOf))]
  return proxy.workloadIdentity && service.kind === 'MeshService' ? ids.sort() : ids
}

/** Proxies with identities of their own ask by the service's identifier wherever the other side knows that. */
function clientSni(service: RealService, port: ServicePort, proxy: ProxyContext, { gateway = false, section }: ServiceTlsOptions): string {
  const byIdentifier = gateway ? hasZoneProxy(service.zone, proxy) : asksByIdentifier(service, port, proxy)
  return byIdentifier ? serviceServerName(withSection(service.kri, section)) : serviceSni(service, port)
}

export function asksByIdentifier(service: RealService, port: ServicePort, proxy: ProxyContext): boolean {
  if (!proxy.workloadIdentity) return false
  if (service.kind === 'MeshExternalService') return true
  if (service.kind === 'MeshService') return service.local || !service.zone || hasZoneProxy(service.zone, proxy)
  const zones = zonesOf(service, port, proxy)
  return zones.length === 0 || zones.some((zone) => !zone || hasZoneProxy(zone, proxy))
}

function zonesOf(service: RealService, port: ServicePort, { mesh }: ProxyContext): (string | undefined)[] {
  return (mesh.endpoints.get(portServiceName(service, port)) ?? []).map(({ locality }) => locality?.zone)
}

const longestServerName = 253

/** Whether TLS can ask for a section of a service by its identifier: each part has to be a DNS label. */
export function hasServerName(kri: string): boolean {
  const [, , mesh = '', zone = '', namespace = '', name = '', section = ''] = kri.split('_')
  const place = zone === '' ? [] : [zone, namespace].filter((part) => part !== '')
  return serviceServerName(kri).length <= longestServerName && [mesh, ...place, name, section].every(isLabel1123)
}

/** Whether a zone has an ingress for this mesh alone: it knows services by their identifiers. */
function hasZoneProxy(zone: string, { mesh }: ProxyContext): boolean {
  return zone !== '' && mesh.resourcesOf('MeshZoneAddress').some(({ labels }) => labels['kuma.io/zone'] === zone)
}

/** The server name by which clients ask for a port of a real service. */
export function serviceSni(service: RealService, port: ServicePort): string {
  return sniForService(sniName(service), service.resource.mesh ?? '', port.port, serviceKinds[service.kind].sni)
}

/** Services that came from another zone keep the name they had there. */
function sniName({ local, displayName, namespace, resource }: RealService): string {
  if (local) return resource.name
  return namespace ? `${displayName}.${namespace}` : displayName
}

function identitiesOf(service: RealService, proxy: ProxyContext): readonly ServiceIdentity[] {
  const services = service.kind === 'MeshMultiZoneService' ? multiZoneMembers(service, proxy.mesh.services) : [service]
  return services.flatMap(({ resource }) => (resource.spec as { identities?: readonly ServiceIdentity[] }).identities ?? [])
}

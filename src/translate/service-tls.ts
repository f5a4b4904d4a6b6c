import type { TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import { exactly, meshClientTls, startsWith, uriSan } from './envoy/tls.js'
import { serviceServerName, sniForService, spiffeId } from './names.js'
import type { ProxyContext } from './proxy.js'
import { multiZoneMembers } from './service-endpoints.js'
import { type RealService, type ServicePort, portServiceName, serviceKinds, withSection } from './services.js'

interface ServiceIdentity {
  readonly type?: string
  readonly value?: string
}

export interface ServiceTlsOptions {
  /** Identity of an egress that stands between. */
  readonly egress?: string
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
  const { egress, gateway = false } = options
  const identities = egress === undefined ? identitiesOf(service, proxy) : [{ type: 'ServiceTag', value: egress }]
  const sans = [...new Set(identities.map(({ type, value = '' }) => (type === 'SpiffeID' ? value : spiffeId(mesh, value))))].sort()
  const matchers = sans.map((san) => uriSan(exactly(san)))
  const sni = clientSni(service, port, proxy, options)
  if (proxy.workloadIdentity) return meshClientTls(proxy.secrets.workloadTls(proxy.workloadIdentity), matchers, sni)
  if (!mtls) return undefined
  const { status } = service.resource as { status?: { tls?: { status?: string } } }
  const ready = gateway || service.kind !== 'MeshService' || !service.local || status?.tls?.status === 'Ready'
  if (mtls.mode === 'PERMISSIVE' && !ready) return undefined
  const secrets = egress === undefined ? proxy.secrets.meshTls(mesh) : proxy.secrets.egressTls(mesh)
  return meshClientTls(secrets, sans.length > 0 ? matchers : [uriSan(startsWith(`spiffe://${mesh}/`))], sni)
}

/** Proxies with identities of their own ask by the service's identifier wherever the other side knows that. */
function clientSni(service: RealService, port: ServicePort, proxy: ProxyContext, { gateway = false, section }: ServiceTlsOptions): string {
  const byIdentifier = gateway ? hasZoneProxy(service.zone, proxy) : proxy.workloadIdentity && knowsIdentifiers(service, port, proxy)
  return byIdentifier ? serviceServerName(withSection(service.kri, section)) : serviceSni(service, port)
}

function knowsIdentifiers(service: RealService, port: ServicePort, proxy: ProxyContext): boolean {
  if (service.kind !== 'MeshMultiZoneService')
    return (service.kind === 'MeshService' && service.local) || !service.zone || hasZoneProxy(service.zone, proxy)
  const zones = (proxy.mesh.endpoints.get(portServiceName(service, port)) ?? []).map(({ locality }) => locality?.zone)
  return zones.length === 0 || zones.some((zone) => !zone || hasZoneProxy(zone, proxy))
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

import type { TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import { exactly, meshClientTls, startsWith, uriSan } from './envoy/tls.js'
import { sniForService, spiffeId } from './names.js'
import type { ProxyContext } from './proxy.js'
import { multiZoneMembers } from './service-endpoints.js'
import { type RealService, type ServicePort, serviceKinds } from './services.js'

interface ServiceIdentity {
  readonly type?: string
  readonly value?: string
}

export interface ServiceTlsOptions {
  /** Identity of an egress that stands between. */
  readonly egress?: string
  /** Whether to insist on TLS in PERMISSIVE mode, whatever the service says of itself. */
  readonly always?: boolean
}

/** TLS towards a real service: whom it is may be said by its identities; without any, anybody of the mesh will do. */
export function serviceTls(
  service: RealService,
  port: ServicePort,
  proxy: ProxyContext,
  { egress, always = false }: ServiceTlsOptions,
): TransportSocket | undefined {
  const { mtls, name: mesh } = proxy.mesh
  if (!mtls) return undefined
  const { spec, status } = service.resource as { spec: { identities?: readonly ServiceIdentity[] }; status?: { tls?: { status?: string } } }
  const ready = always || service.kind !== 'MeshService' || !service.local || status?.tls?.status === 'Ready'
  if (mtls.mode === 'PERMISSIVE' && !ready) return undefined
  const identities = egress === undefined ? identitiesOf(service, spec.identities, proxy) : [{ type: 'ServiceTag', value: egress }]
  const sans = [...new Set(identities.map(({ type, value = '' }) => (type === 'SpiffeID' ? value : spiffeId(mesh, value))))].sort()
  const matchers = sans.length > 0 ? sans.map((san) => uriSan(exactly(san))) : [uriSan(startsWith(`spiffe://${mesh}/`))]
  return meshClientTls(proxy.secrets.meshTls(mesh), matchers, serviceSni(service, port))
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

function identitiesOf(service: RealService, own: readonly ServiceIdentity[] | undefined, proxy: ProxyContext): readonly ServiceIdentity[] {
  if (service.kind !== 'MeshMultiZoneService') return own ?? []
  return multiZoneMembers(service, proxy.mesh.services).flatMap(
    (member) => (member.resource.spec as { identities?: readonly ServiceIdentity[] }).identities ?? [],
  )
}

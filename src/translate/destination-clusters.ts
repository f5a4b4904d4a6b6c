import type { TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft, ProxyDraft } from './draft.js'
import { externalCluster } from './external-cluster.js'
import { type Endpoint, loadAssignment, selectEndpoints } from './endpoints.js'
import { edsCluster, speakHttp } from './envoy/cluster.js'
import { exactly, meshClientTls, startsWith, uriSan } from './envoy/tls.js'
import { sniForService, sniFromTags, spiffeId } from './names.js'
import { isHttp, isHttp2 } from './protocol.js'
import type { Destination, ProxyContext } from './proxy.js'
import { multiZoneMembers } from './service-endpoints.js'
import { type RealService, type ServicePort, portOf, sectionOf, serviceKinds } from './services.js'
import { tag } from './tags.js'

/** Builds the clusters and endpoints of every destination that the outbounds mention. */
export function buildDestinationClusters(proxy: ProxyContext, draft: ProxyDraft): void {
  for (const { destinations } of draft.outbounds) {
    for (const destination of destinations) {
      if (draft.clusters.has(destination.name)) continue
      const outside = outsideEndpoints(destination, proxy)
      if (outside.length > 0) {
        draft.clusters.set(destination.name, externalCluster(destination, outside, proxy))
        continue
      }
      draft.clusters.set(destination.name, destinationCluster(destination, proxy))
      const endpoints = selectEndpoints(proxy.mesh.endpoints.get(destination.service) ?? [], destination.tags)
      draft.endpoints.set(destination.name, loadAssignment(destination.name, endpoints))
    }
  }
}

/** Where a destination outside the mesh is, unless zone egresses lead there. */
function outsideEndpoints({ external, externalEndpoints, service }: Destination, { mesh }: ProxyContext): readonly Endpoint[] {
  return external ? (externalEndpoints ?? mesh.externalEndpoints.get(service) ?? []) : []
}

function destinationCluster(destination: Destination, proxy: ProxyContext): ClusterDraft {
  const service = destination.resource === undefined ? undefined : proxy.mesh.services.byKri(destination.resource)
  const port = service && portOf(service, sectionOf(destination.resource ?? ''))
  const message = edsCluster(destination.name)
  const taggedProtocol = proxy.mesh.protocolOf(destination.service)
  const known = service?.kind === 'MeshService' || throughEgress(destination, proxy)
  const protocol = known && port ? port.protocol : taggedProtocol
  const cluster: ClusterDraft = { name: destination.name, origin: 'outbound', message, protocol, taggedProtocol, destination }
  if (throughEgress(destination, proxy)) {
    if (isHttp(protocol)) speakHttp(cluster, isHttp2(protocol) ? 2 : 1)
  } else speakHttp(cluster, 2)
  if (service && port) message.transportSocket = serviceTls(service, port, destination, proxy)
  else secure(message, destination, proxy)
  return cluster
}

const zoneEgress = { type: 'ServiceTag', value: 'zone-egress' } as const

/** Whether an egress stands between: only where the zone has one. */
function throughEgress({ service }: Destination, { mesh }: ProxyContext): boolean {
  return mesh.endpoints.get(service)?.[0]?.external !== undefined
}

/** Mesh TLS towards the destination. In PERMISSIVE mode only where all of its instances are known to take it. */
function secure(cluster: Cluster, destination: Destination, proxy: ProxyContext): void {
  const { mtls, name: mesh, tlsReady } = proxy.mesh
  if (!mtls || (mtls.mode === 'PERMISSIVE' && !tlsReady.has(destination.service))) return
  const sni = sniFromTags({ ...destination.tags, mesh })
  const server = throughEgress(destination, proxy) ? zoneEgress.value : (destination.tags[tag.service] ?? destination.service)
  const sans = [uriSan(exactly(spiffeId(mesh, server)))]
  cluster.transportSocket = meshClientTls(proxy.secrets.meshTls(mesh), sans, sni)
}

interface ServiceIdentity {
  readonly type?: string
  readonly value?: string
}

/** TLS towards a real service: whom it is may be said by its identities; without any, anybody of the mesh will do. */
function serviceTls(service: RealService, port: ServicePort, destination: Destination, proxy: ProxyContext): TransportSocket | undefined {
  const { mtls, name: mesh } = proxy.mesh
  if (!mtls) return undefined
  const { spec, status } = service.resource as { spec: { identities?: readonly ServiceIdentity[] }; status?: { tls?: { status?: string } } }
  const ready = service.kind !== 'MeshService' || !service.local || status?.tls?.status === 'Ready'
  if (mtls.mode === 'PERMISSIVE' && !ready) return undefined
  const sni = sniForService(sniName(service), mesh, port.port, serviceKinds[service.kind].sni)
  const identities = throughEgress(destination, proxy) ? [zoneEgress] : identitiesOf(service, spec.identities, proxy)
  const sans = [...new Set(identities.map(({ type, value = '' }) => (type === 'SpiffeID' ? value : spiffeId(mesh, value))))].sort()
  const matchers = sans.length > 0 ? sans.map((san) => uriSan(exactly(san))) : [uriSan(startsWith(`spiffe://${mesh}/`))]
  return meshClientTls(proxy.secrets.meshTls(mesh), matchers, sni)
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

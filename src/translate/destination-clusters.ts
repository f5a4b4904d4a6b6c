import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import type { ClusterDraft, ProxyDraft } from './draft.js'
import { reportUnreadable } from './external-permissions.js'
import { externalCluster } from './external-cluster.js'
import { type Endpoint, noEndpoints, sharedAssignment } from './endpoints.js'
import { edsCluster, speakHttp } from './envoy/cluster.js'
import { exactly, meshClientTls, uriSan } from './envoy/tls.js'
import { enabledMtls } from './mesh-context.js'
import { names, sniFromTags, spiffeId } from './names.js'
import { isHttp, isHttp2 } from './protocol.js'
import type { Destination, ProxyContext } from './proxy.js'
import { asksByIdentifier, hasServerName, serviceTls, zoneTls } from './service-tls.js'
import { portOf, sectionOf } from './services.js'
import { tag } from './tags.js'

/** Builds the clusters and endpoints of every destination that the outbounds mention. */
export function buildDestinationClusters(proxy: ProxyContext, draft: ProxyDraft): void {
  const { externalServices, resourcesOf } = proxy.mesh
  // With a TrafficRoute in the mesh, permissions say who is told.
  const told = resourcesOf('TrafficRoute').length > 0 ? [] : externalServices.filter(({ problem }) => problem)
  const mentioned = new Set(draft.outbounds.flatMap(({ destinations }) => destinations.map(({ service }) => service)))
  reportUnreadable(
    told.filter(({ service }) => mentioned.has(service)),
    proxy.report,
  )
  for (const { destinations } of [...draft.outbounds, ...draft.replaced]) {
    for (const destination of destinations) {
      if (draft.clusters.has(destination.name)) continue
      const outside = outsideEndpoints(destination, proxy)
      if (outside.length > 0) {
        draft.clusters.set(destination.name, externalCluster(destination, outside, proxy))
        continue
      }
      if (isOutOfReach(destination, proxy)) continue
      draft.clusters.set(destination.name, destinationCluster(destination, proxy))
      addEndpoints(destination, proxy, draft)
    }
  }
}

function addEndpoints({ name, service, tags, mesh: other }: Destination, { mesh }: ProxyContext, draft: ProxyDraft): void {
  if (other === undefined) draft.destinationEndpoints.set(name, { service, tags })
  else draft.endpoints.set(name, sharedAssignment(name, mesh.endpointsIn(other).get(service) ?? noEndpoints, tags))
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
  if (service && port) {
    const section = sectionOf(destination.resource ?? '')
    message.transportSocket = serviceTls(service, port, proxy, { egress: throughEgress(destination, proxy), section })
    message.transportSocketMatches = zoneTls(service, port, proxy)
  } else {
    secure(message, destination, proxy)
  }
  return cluster
}

/**
 * Whether there is no way to a real service for a workload with an identity of its own: no egress that knows such identities, or
 * no server name by which to ask for it.
 */
function isOutOfReach(destination: Destination, proxy: ProxyContext): boolean {
  const { resource } = destination
  if (!proxy.workloadIdentity || resource === undefined) return false
  if (throughEgress(destination, proxy) && !proxy.mesh.egresses.some(({ spiffeId }) => spiffeId)) return true
  const service = proxy.mesh.services.byKri(resource)
  const port = service && portOf(service, sectionOf(resource))
  return service !== undefined && port !== undefined && asksByIdentifier(service, port, proxy) && !hasServerName(resource)
}

/** Whether an egress stands between: only where the zone has one. */
function throughEgress({ service, mesh: other }: Destination, { mesh }: ProxyContext): boolean {
  return other === undefined && mesh.isBehindEgress(service)
}

/** Mesh TLS towards the destination. In PERMISSIVE mode only where all of its instances are known to take it. */
function secure(cluster: Cluster, destination: Destination, proxy: ProxyContext): void {
  if (destination.mesh !== undefined) return secureAcross(cluster, destination, destination.mesh, proxy)
  const { mtls, name: mesh, tlsReady } = proxy.mesh
  if (!mtls || (mtls.mode === 'PERMISSIVE' && !tlsReady.has(destination.service))) return
  const sni = sniFromTags({ ...destination.tags, mesh })
  const server = throughEgress(destination, proxy) ? names.zoneEgressService : (destination.tags[tag.service] ?? destination.service)
  const sans = [uriSan(exactly(spiffeId(mesh, server)))]
  const secrets = throughEgress(destination, proxy) ? proxy.secrets.meshCaTls(mesh) : proxy.secrets.meshTls(mesh)
  cluster.transportSocket = meshClientTls(secrets, sans, sni)
}

/** TLS into another mesh: with a certificate of this one, towards one of the other's. There is none unless both have mTLS on. */
function secureAcross(cluster: Cluster, { service, tags }: Destination, name: string, { mesh, secrets }: ProxyContext): void {
  const other = mesh.resourcesOf<MeshSpec>('Mesh').find((candidate) => candidate.name === name)
  const mtls = other && enabledMtls(other)
  if (!mtls || !mesh.mtls || (mtls.mode === 'PERMISSIVE' && !mesh.tlsReady.has(service))) return
  const sans = [uriSan(exactly(spiffeId(name, service)))]
  cluster.transportSocket = meshClientTls(secrets.meshCaTls(name), sans, sniFromTags({ ...tags, mesh: name }))
}

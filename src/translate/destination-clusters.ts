import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft, ProxyDraft } from './draft.js'
import { loadAssignment, selectEndpoints } from './endpoints.js'
import { edsCluster, speakHttp } from './envoy/cluster.js'
import { exactly, meshClientTls, uriSan } from './envoy/tls.js'
import { sniFromTags, spiffeId } from './names.js'
import type { Destination, ProxyContext } from './proxy.js'
import { tag } from './tags.js'

/** Builds the clusters and endpoints of every destination that the outbounds mention. */
export function buildDestinationClusters(proxy: ProxyContext, draft: ProxyDraft): void {
  for (const { destinations } of draft.outbounds) {
    for (const destination of destinations) {
      if (draft.clusters.has(destination.name)) continue
      draft.clusters.set(destination.name, destinationCluster(destination, proxy))
      const endpoints = selectEndpoints(proxy.mesh.endpoints.get(destination.service) ?? [], destination.tags)
      draft.endpoints.set(destination.name, loadAssignment(destination.name, endpoints))
    }
  }
}

function destinationCluster(destination: Destination, proxy: ProxyContext): ClusterDraft {
  const message = edsCluster(destination.name)
  const protocol = proxy.mesh.protocolOf(destination.service)
  const cluster: ClusterDraft = { name: destination.name, origin: 'outbound', message, protocol, destination }
  speakHttp(cluster, 2)
  secure(message, destination, proxy)
  return cluster
}

/** Mesh TLS towards the destination. In PERMISSIVE mode only where all of its instances are known to take it. */
function secure(cluster: Cluster, destination: Destination, proxy: ProxyContext): void {
  const { mtls, name: mesh, tlsReady } = proxy.mesh
  if (!mtls || (mtls.mode === 'PERMISSIVE' && !tlsReady.has(destination.service))) return
  const sni = sniFromTags({ ...destination.tags, mesh })
  const sans = [uriSan(exactly(spiffeId(mesh, destination.tags[tag.service] ?? destination.service)))]
  cluster.transportSocket = meshClientTls(proxy.secrets.meshTls(mesh), sans, sni)
}

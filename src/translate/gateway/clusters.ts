import type { Cluster } from '../../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft, ProxyDraft } from '../draft.js'
import { type Endpoint, loadAssignment, selectEndpoints } from '../endpoints.js'
import { edsCluster, httpOptionsOf } from '../envoy/cluster.js'
import { seconds } from '../envoy/duration.js'
import { exactly, meshClientTls, uriSan } from '../envoy/tls.js'
import { externalMessage } from '../external-cluster.js'
import { zoneEgressEnabled } from '../mesh-context.js'
import { names, sniFromTags, spiffeId } from '../names.js'
import { type Protocol, isHttp, isHttp2, parseProtocol } from '../protocol.js'
import type { ProxyContext } from '../proxy.js'
import { serviceTls } from '../service-tls.js'
import { portOf, sectionOf } from '../services.js'
import { tag } from '../tags.js'
import type { BackendCluster, Backends } from './backends.js'
import type { GatewayClusterDraft } from './draft.js'
import type { GatewayBackend, GatewayHost, GatewayHostGroup } from './route-table.js'

/** Kuma's limits for the edge of the mesh: who connects there is not trusted. */
export const connectionBufferBytes = 32 * 1024
export const edgeWindows = { initialStreamWindowSize: 64 * 1024, initialConnectionWindowSize: 1024 * 1024 } as const

/** Builds the clusters and endpoints of every backend of a listener's route tables. */
export function buildClusters(
  groups: readonly GatewayHostGroup[],
  backends: Backends,
  proxy: ProxyContext,
  draft: ProxyDraft,
): GatewayClusterDraft[] {
  const built = new Map<string, GatewayClusterDraft>()
  for (const host of groups.flatMap((group) => group.hosts)) {
    for (const backend of backendsOf(host)) {
      const target = backends.clusterOf(backend, host)
      if (backend.unresolved || built.has(target.name)) continue
      const outside = target.external ? backends.externalEndpoints(backend) : []
      const cluster = outside.length > 0 ? outsideCluster(outside, backend, target, proxy) : meshCluster(backend, target, proxy)
      if (outside.length === 0) {
        const endpoints = selectEndpoints(proxy.mesh.endpoints.get(target.service) ?? [], backend.tags)
        draft.endpoints.set(target.name, loadAssignment(target.name, endpoints))
      }
      built.set(target.name, { cluster, host, backend, service: target.service, protocol: cluster.protocol })
      draft.clusters.set(target.name, cluster)
    }
  }
  return [...built.values()]
}

/** Every backend of a host's route table, mirrors included. */
function backendsOf({ entries }: GatewayHost): GatewayBackend[] {
  return entries.flatMap(({ mirror, forward }) => (mirror ? [mirror.backend, ...forward] : forward))
}

function outsideCluster(
  endpoints: readonly Endpoint[],
  backend: GatewayBackend,
  target: BackendCluster,
  proxy: ProxyContext,
): ClusterDraft {
  const message = externalMessage(target.service, endpoints, proxy.dataplane.spec.networking?.address)
  const cluster = gatewayCluster(message, target, orRouteProtocol(proxy.mesh.protocolOf(target.service), backend))
  return withoutIdleTimeout(cluster)
}

function meshCluster(backend: GatewayBackend, target: BackendCluster, proxy: ProxyContext): ClusterDraft {
  const message = edsCluster(target.service)
  const service = backend.resource === undefined ? undefined : proxy.mesh.services.byKri(backend.resource)
  const port = service && portOf(service, sectionOf(backend.resource ?? ''))
  if (service && port) {
    message.transportSocket = serviceTls(service, port, proxy, { gateway: true, section: sectionOf(backend.resource ?? '') })
    return gatewayCluster(message, target, orRouteProtocol(port.protocol, backend))
  }
  secure(message, backend, target.service, proxy)
  return withoutIdleTimeout(gatewayCluster(message, target, orRouteProtocol(parseProtocol(backend.tags[tag.protocol]), backend)))
}

const orRouteProtocol = (said: Protocol, { routeProtocol }: GatewayBackend): Protocol => (said === 'unknown' ? routeProtocol : said)

/** Where no policy limits them, connections to services by tags may be idle for ever. */
function withoutIdleTimeout(cluster: ClusterDraft): ClusterDraft {
  if (isHttp(cluster.protocol)) httpOptionsOf(cluster).commonHttpProtocolOptions = { idleTimeout: seconds(0) }
  return cluster
}

/** @param message under the name of its service: statistics go by the service, however many clusters lead there */
function gatewayCluster(message: Cluster, { name }: BackendCluster, protocol: Protocol): ClusterDraft {
  message.name = name
  message.perConnectionBufferLimitBytes = connectionBufferBytes
  const cluster: ClusterDraft = { name, origin: 'gateway', message, protocol }
  if (!isHttp(protocol)) return cluster
  const options = httpOptionsOf(cluster)
  options.upstreamProtocolOptions = {
    $case: 'explicitHttpConfig',
    explicitHttpConfig: {
      protocolConfig: isHttp2(protocol)
        ? { $case: 'http2ProtocolOptions', http2ProtocolOptions: { ...edgeWindows } }
        : { $case: 'httpProtocolOptions', httpProtocolOptions: {} },
    },
  }
  return cluster
}

/** Mesh TLS, in PERMISSIVE mode too: a gateway never falls back to plaintext. */
function secure(cluster: Cluster, { tags }: GatewayBackend, service: string, proxy: ProxyContext): void {
  const { mtls, name: mesh } = proxy.mesh
  if (!mtls) return
  const throughEgress = zoneEgressEnabled(proxy.mesh.mesh) && proxy.mesh.isExternalService(service)
  const sans = [uriSan(exactly(spiffeId(mesh, throughEgress ? names.zoneEgressService : service)))]
  cluster.transportSocket = meshClientTls(proxy.secrets.meshTls(mesh), sans, sniFromTags({ ...tags, mesh }))
}

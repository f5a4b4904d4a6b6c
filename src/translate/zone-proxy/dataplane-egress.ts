import type { ClusterDraft, FilterChainDraft, ProxyDraft } from '../draft.js'
import { isIPv6 } from '../envoy/address.js'
import { speakHttp } from '../envoy/cluster.js'
import { chainDraft, tcpProxyContent } from '../envoy/listener.js'
import { meshServerTls } from '../envoy/tls.js'
import { serviceServerName } from '../names.js'
import { isHttp, isHttp2 } from '../protocol.js'
import type { ProxyContext } from '../proxy.js'
import { type RealService, portServiceName, withSection } from '../services.js'
import type { ZoneListenerContent } from './dataplane-listeners.js'
import { outsideRoutes } from './egress-chain.js'
import { outsideCluster, serviceEndpoints } from './mesh-external-service.js'

/**
 * A chain for each MeshExternalService of the mesh. Callers prove their identity to it, so there is none without a MeshIdentity that
 * selects the proxy.
 */
export function egressContent(proxy: ProxyContext, draft: ProxyDraft): ZoneListenerContent {
  const targets = new Map<FilterChainDraft, ClusterDraft>()
  const { workloadIdentity, secrets, mesh } = proxy
  if (!workloadIdentity) return { chains: [], targets }
  for (const service of mesh.services.all.filter(({ kind }) => kind === 'MeshExternalService')) {
    const cluster = clusterOf(service, proxy)
    if (!cluster) continue
    const { name, protocol, message } = cluster
    draft.clusters.set(name, cluster)
    const content = isHttp(protocol)
      ? outsideRoutes({ name, routeName: name, cluster: message }, proxy)
      : tcpProxyContent(name, [{ name, weight: 1 }])
    const match = { transportProtocol: 'tls', serverNames: [serviceServerName(name)] }
    const chain = chainDraft(content, { match, transportSocket: meshServerTls(secrets.workloadTls(workloadIdentity)) })
    chain.message.name = name
    targets.set(chain, cluster)
  }
  return { chains: [...targets.keys()], targets }
}

function clusterOf(service: RealService, { mesh, metadata, dataplane, report }: ProxyContext): ClusterDraft | undefined {
  const [port] = service.ports
  if (!port) return undefined
  const name = withSection(service.kri, port.name)
  const ipv6 = isIPv6(dataplane.spec.networking?.address ?? '')
  const message = outsideCluster(service, { name, endpoints: serviceEndpoints(service), mesh, metadata, ipv6, report })
  if (!message) return undefined
  const destination = { name, service: portServiceName(service, port), tags: {}, external: true, resource: service.kri }
  const cluster: ClusterDraft = { name, origin: 'egress', message, protocol: port.protocol, destination }
  if (isHttp(port.protocol)) speakHttp(cluster, isHttp2(port.protocol) ? 2 : 1)
  return cluster
}

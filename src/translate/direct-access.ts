import type { ClusterDraft, ProxyDraft } from './draft.js'
import { originalDstCluster } from './envoy/cluster.js'
import { chainDraft, listenerDraft, tcpProxyContent } from './envoy/listener.js'
import { meshClientTls, startsWith, uriSan } from './envoy/tls.js'
import { names } from './names.js'
import { type ProxyContext, inboundsOf } from './proxy.js'

/**
 * A listener for each instance of the services that the application dials by address, past load balancing.
 * Source: Dataplane.networking.transparentProxying.directAccessServices.
 */
export function buildDirectAccess(proxy: ProxyContext, draft: ProxyDraft): void {
  const services = proxy.dataplane.spec.networking?.transparentProxying?.directAccessServices ?? []
  if (!proxy.transparentProxy || services.length === 0) return
  for (const { address, port } of instances(services, proxy)) {
    const name = names.directAccessListener(address, port)
    const listener = listenerDraft({
      name,
      origin: 'direct-access',
      direction: 'outbound',
      address,
      port,
      bindToPort: false,
      chains: [chainDraft(tcpProxyContent(name, [{ name: names.directAccessCluster, weight: 1 }]))],
    })
    draft.listeners.set(name, listener)
  }
  const message = originalDstCluster(names.directAccessCluster)
  const { mtls, name: mesh } = proxy.mesh
  if (mtls) message.transportSocket = meshClientTls(proxy.secrets.meshTls(mesh), [uriSan(startsWith(`spiffe://${mesh}/`))], '')
  const cluster: ClusterDraft = { name: names.directAccessCluster, origin: 'direct-access', message, protocol: 'tcp' }
  draft.clusters.set(cluster.name, cluster)
}

/** Addresses of the services' instances, without this proxy's own and those that an outbound covers already. */
function instances(services: readonly string[], proxy: ProxyContext): { address: string; port: number }[] {
  const taken = new Set(proxy.outbounds.map((o) => `${o.address} ${o.port}`))
  const found: { address: string; port: number }[] = []
  for (const dataplane of proxy.mesh.dataplanes) {
    if (dataplane.name === proxy.dataplane.name) continue
    for (const { service, address, port } of inboundsOf(dataplane.spec)) {
      const key = `${address} ${port}`
      if (taken.has(key) || !(services.includes('*') || services.includes(service))) continue
      taken.add(key)
      found.push({ address, port })
    }
  }
  return found
}

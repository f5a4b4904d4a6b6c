import { seconds } from '../envoy/duration.js'
import { type ChainContent, tcpProxyContent } from '../envoy/listener.js'
import type { ProxyContext } from '../proxy.js'
import type { BackendCluster } from './backends.js'
import { gatewayTimeouts } from './http-chain.js'

/** A chain that passes connections on by weight. */
export function tcpContent(targets: readonly { readonly cluster: BackendCluster; readonly weight: number }[], proxy: ProxyContext): ChainContent {
  const clusters = targets.map(({ cluster, weight }) => ({ name: cluster.name, weight }))
  // Envoy takes no weight of zero; where there is nowhere else to go, weights don't matter.
  const weighted = clusters.length > 1 ? clusters.filter(({ weight }) => weight > 0) : clusters
  const content = tcpProxyContent(proxy.service, weighted)
  if (content.tcpProxy) content.tcpProxy.idleTimeout = seconds(gatewayTimeouts.idle)
  return content
}

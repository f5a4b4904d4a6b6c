import { seconds } from '../envoy/duration.js'
import { type ChainContent, tcpProxyContent } from '../envoy/listener.js'
import type { ProxyContext } from '../proxy.js'
import { gatewayTimeouts } from './http-chain.js'

/** A cluster and its share. */
export interface TcpTarget {
  readonly name: string
  readonly weight: number
}

/** A chain that passes connections on by weight. */
export function tcpContent(targets: readonly TcpTarget[], proxy: ProxyContext): ChainContent {
  // Envoy takes no weight of zero. Where nobody gave any, all targets are equal.
  const some = targets.filter(({ weight }) => weight > 0)
  const weighted = some.length > 0 ? some : targets.map(({ name }) => ({ name, weight: 1 }))
  const content = tcpProxyContent(proxy.service, weighted)
  if (content.tcpProxy) content.tcpProxy.idleTimeout = seconds(gatewayTimeouts.idle)
  return content
}

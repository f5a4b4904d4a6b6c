import { duration, seconds } from '../../envoy/duration.js'
import type { FilterChainDraft } from '../../draft.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { gatewayTimeouts } from '../../gateway/http-chain.js'
import { listenerAddress } from '../../gateway/listener.js'
import type { ProxyContext } from '../../proxy.js'
import { matchesHashTag } from '../../rules/index.js'
import { timeoutsBySource } from './by-source.js'
import type { MatchedTimeouts } from './match.js'
import type { TimeoutConf } from './schema.js'
import { configureCluster, configureRoute } from './translate.js'

/** One port of a builtin gateway: what reaches it goes by the rules of inbounds, where it leads by those of outbounds. */
export function gateway(matched: MatchedTimeouts, draft: GatewayDraft, proxy: ProxyContext): void {
  const address = listenerAddress(draft.listener, proxy)
  const { chains } = draft.envoyListener
  const listenerConf = matched.inbound(address)
  if (listenerConf) for (const chain of chains) configureChain(listenerConf, chain)
  configureTargets(matched, draft, proxy)
  for (const chain of chains) timeoutsBySource(chain, matched.bySource(address))
}

function configureChain({ idleTimeout, http }: TimeoutConf, { hcm, tcpProxy }: FilterChainDraft): void {
  const or = (text: string | undefined, fallback: number) => (text === undefined ? seconds(fallback) : duration(text))
  const idle = or(idleTimeout, gatewayTimeouts.idle)
  if (tcpProxy) tcpProxy.idleTimeout = idle
  if (!hcm) return
  hcm.commonHttpProtocolOptions = { ...hcm.commonHttpProtocolOptions, idleTimeout: idle }
  hcm.requestHeadersTimeout = or(http?.requestHeadersTimeout, gatewayTimeouts.requestHeaders)
  hcm.streamIdleTimeout = or(http?.streamIdleTimeout, gatewayTimeouts.streamIdle)
  if (http?.requestTimeout !== undefined) hcm.requestTimeout = duration(http.requestTimeout)
}

/** Services by tags keep what the older Timeout says until a rule speaks of the gateway; real ones always have the defaults. */
function configureTargets(matched: MatchedTimeouts, { listener, routes, clusters }: GatewayDraft, proxy: ProxyContext): void {
  const to = matched.gateway(listenerAddress(listener, proxy))
  const concerned = to.services.length > 0
  for (const { message } of concerned ? routes : []) {
    const conf = to.forTags({ [matchesHashTag]: message.name ?? '' })?.conf ?? to.forTags({})?.conf
    if (conf && message.action?.$case === 'route') configureRoute(conf, message.action.route)
  }
  for (const { cluster, backend, service } of clusters) {
    if (concerned) configureCluster(to.forService(service)?.conf ?? {}, cluster, [proxy.mesh.protocolOf(service)])
    if (backend.resource !== undefined) configureCluster(matched.resource(backend.resource), cluster, [backend.routeProtocol])
  }
}

import type { Duration } from '../../../gen/google/protobuf/duration.js'
import type { RouteAction } from '../../../gen/envoy/config/route/v3/route_components.js'
import type { ClusterDraft, FilterChainDraft, InboundDraft, OutboundDraft } from '../../draft.js'
import { httpOptionsOf } from '../../envoy/cluster.js'
import { duration, seconds } from '../../envoy/duration.js'
import { type Protocol, isHttp } from '../../protocol.js'
import { timeoutsBySource } from './by-source.js'
import type { MatchedTimeouts } from './match.js'
import type { TimeoutConf } from './schema.js'

/** What holds where no policy says otherwise. Source: Kuma docs, "MeshTimeout", defaults. */
const defaults = {
  connect: seconds(5),
  idle: seconds(3600),
  streamIdle: seconds(1800),
  request: seconds(15),
  requestHeaders: seconds(0),
  maxStreamDuration: seconds(0),
  maxConnectionDuration: seconds(0),
}

const or = (text: string | undefined, fallback: Duration): Duration => (text === undefined ? fallback : duration(text))

export function inbound(matched: MatchedTimeouts, { inbound, listener, cluster }: InboundDraft): void {
  const conf = matched.inbound(inbound)
  if (conf) {
    for (const chain of listener.chains) configureChain(conf, chain)
    configureCluster(conf, cluster)
  }
  for (const chain of listener.chains) timeoutsBySource(chain, matched.bySource(inbound))
}

/** An outbound whose own service no rule speaks of may still lead to clusters that rules speak of. */
export function outbound(matched: MatchedTimeouts, { outbound, listener }: OutboundDraft): void {
  const conf = matched.outbound(outbound)
  for (const chain of listener.chains) {
    for (const virtualHost of chain.route?.virtualHosts ?? []) {
      for (const route of virtualHost.routes ?? []) {
        if (route.action?.$case !== 'route') continue
        const routeConf = matched.route(outbound, route.name ?? '')
        // Routes to a real service start from what the service has; others know one or the other.
        if (conf && (outbound.resource || !routeConf)) configureRoute(conf, route.action.route)
        if (routeConf) configureRoute(routeConf, route.action.route)
      }
    }
    if (chain.hcm) {
      if (conf) chain.hcm.requestHeadersTimeout = or(conf.http?.requestHeadersTimeout, defaults.requestHeaders)
      // The older Timeout policy limits idle connections on the listener, this one does so on the cluster.
      chain.hcm.commonHttpProtocolOptions = { ...chain.hcm.commonHttpProtocolOptions, idleTimeout: seconds(0) }
    }
    if (conf && chain.tcpProxy && !isHttp(outbound.protocol)) chain.tcpProxy.idleTimeout = or(conf.idleTimeout, defaults.idle)
  }
}

export function cluster(matched: MatchedTimeouts, draft: ClusterDraft): void {
  configureCluster(matched.cluster(draft), draft)
}

export function configureChain(conf: TimeoutConf, { hcm, route, tcpProxy }: FilterChainDraft): void {
  if (hcm) {
    for (const virtualHost of route?.virtualHosts ?? []) {
      for (const { action } of virtualHost.routes ?? []) if (action?.$case === 'route') configureRoute(conf, action.route)
    }
    hcm.requestHeadersTimeout = or(conf.http?.requestHeadersTimeout, defaults.requestHeaders)
    hcm.commonHttpProtocolOptions = { ...hcm.commonHttpProtocolOptions, idleTimeout: seconds(0) }
  }
  if (tcpProxy) tcpProxy.idleTimeout = or(conf.idleTimeout, defaults.idle)
}

export function configureRoute({ http }: TimeoutConf, action: RouteAction): void {
  action.timeout = or(http?.requestTimeout, defaults.request)
  if (http?.streamIdleTimeout !== undefined) action.idleTimeout = duration(http.streamIdleTimeout)
  else action.idleTimeout ??= defaults.streamIdle
}

/** gRPC clusters keep what they have but for the connect timeout, as in Kuma. */
export function configureCluster(
  conf: TimeoutConf,
  cluster: ClusterDraft,
  protocols: readonly (Protocol | undefined)[] = [cluster.protocol, cluster.taggedProtocol],
): void {
  cluster.message.connectTimeout = or(conf.connectionTimeout, defaults.connect)
  if (!protocols.some((protocol) => protocol === 'http' || protocol === 'http2')) return
  const options = httpOptionsOf(cluster)
  options.commonHttpProtocolOptions = {
    ...options.commonHttpProtocolOptions,
    idleTimeout: or(conf.idleTimeout, defaults.idle),
    maxStreamDuration: or(conf.http?.maxStreamDuration, defaults.maxStreamDuration),
    maxConnectionDuration: or(conf.http?.maxConnectionDuration, defaults.maxConnectionDuration),
  }
}

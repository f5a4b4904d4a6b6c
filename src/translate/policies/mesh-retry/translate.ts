import type { Route } from '../../../gen/envoy/config/route/v3/route_components.js'
import type { OutboundDraft } from '../../draft.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { matchesHashTag } from '../../rules/index.js'
import type { MatchedRetries } from './match.js'
import { retryPolicyOf } from './retry-policy.js'
import type { RetryConf } from './schema.js'

/** What is said of a route wins over what is said of its service, where it wants retries at all. */
export function outbound(matched: MatchedRetries, { outbound, listener }: OutboundDraft): void {
  const conf = matched.outbound(outbound)
  const { protocol } = outbound
  for (const { route, tcpProxy } of listener.chains) {
    if (tcpProxy && protocol === 'tcp') limitConnects(tcpProxy, conf)
    for (const { routes = [] } of route?.virtualHosts ?? []) {
      for (const candidate of routes) {
        const routeConf = matched.route(outbound, candidate.name ?? '')
        setPolicy(candidate, (routeConf && retryPolicyOf(routeConf, protocol)) ?? (conf && retryPolicyOf(conf, protocol)))
      }
    }
  }
}

/** A gateway's traffic comes from outside the mesh: only what is said of the whole mesh, or of one route, applies. */
export function gateway(matched: MatchedRetries, { listener, envoyListener, routes }: GatewayDraft): void {
  const rules = matched.gateway(listener.port)
  const conf = rules.forTags({})?.conf
  if (listener.protocol === 'TCP' || listener.protocol === 'TLS') {
    for (const { tcpProxy } of envoyListener.chains) if (tcpProxy) limitConnects(tcpProxy, conf)
    return
  }
  for (const { message } of routes) {
    const routeConf = rules.forTags({ [matchesHashTag]: message.name ?? '' })?.conf
    setPolicy(message, (routeConf && retryPolicyOf(routeConf, 'http')) ?? (conf && retryPolicyOf(conf, 'http')))
  }
}

function limitConnects(tcpProxy: { maxConnectAttempts?: number }, conf: RetryConf | undefined): void {
  if (conf?.tcp?.maxConnectAttempt !== undefined) tcpProxy.maxConnectAttempts = conf.tcp.maxConnectAttempt
}

function setPolicy({ action }: Route, policy: ReturnType<typeof retryPolicyOf>): void {
  if (policy && action?.$case === 'route') action.route.retryPolicy = policy
}

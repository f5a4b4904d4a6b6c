import type { AccessLog } from '../../../gen/envoy/config/accesslog/v3/accesslog.js'
import { TrafficDirection } from '../../../gen/envoy/config/core/v3/base.js'
import { type LogValues, defaultLogFormats } from '../../access-log-format.js'
import type { ListenerDraft, OutboundDraft, ProxyDraft, ZoneListenerDraft } from '../../draft.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { listenerAddress } from '../../gateway/listener.js'
import { type Protocol, isHttp } from '../../protocol.js'
import type { ProxyContext } from '../../proxy.js'
import { type ListenerAddress, parseKri } from '../../rules/index.js'
import { passThroughService } from '../../source-destination.js'
import { workloadKri } from '../../workload.js'
import { inboundLogs, readServerNames } from './inbound-rules.js'
import { type Loggers, createLoggers } from './loggers.js'
import type { MatchedAccessLogs } from './match.js'
import { routeLogs, unlessRouted } from './route-logs.js'

interface Context {
  readonly matched: MatchedAccessLogs
  readonly loggers: Loggers
  readonly proxy: ProxyContext
}

/** All at once, in one order: it decides the numbers of the collectors' clusters. */
export function proxy(matched: MatchedAccessLogs, draft: ProxyDraft, proxy: ProxyContext): void {
  const context: Context = { matched, loggers: createLoggers(proxy, draft), proxy }
  const inboundListeners = new Map(draft.inbounds.map((inbound) => [inbound.listener.name, inbound]))
  for (const { inbound, listener } of inboundListeners.values()) {
    logInbound(context, listener, inbound, formatOf(inbound.protocol), proxy.service)
  }
  for (const listener of draft.zoneListeners) logZoneListener(context, listener)
  for (const outbound of draft.outbounds) if (!outbound.outbound.resource) logService(context, outbound)
  logPassthrough(context, draft)
  for (const gateway of draft.gateways) logGateway(context, gateway)
  const real = draft.outbounds.filter(({ outbound }) => outbound.resource)
  for (const outbound of real.sort((a, b) => (a.listener.name < b.listener.name ? -1 : 1))) logRealService(context, outbound)
}

function formatOf(protocol: Protocol): string {
  return isHttp(protocol) ? defaultLogFormats.http : defaultLogFormats.tcp
}

function valuesOf({ dataplane, mesh, service }: ProxyContext, direction: LogValues['direction'], other: string): LogValues {
  const { advertisedAddress, address } = dataplane.spec.networking ?? {}
  const inbound = direction === 'INBOUND'
  return {
    sourceService: inbound ? 'unknown' : service,
    sourceAddress: advertisedAddress || address || '',
    destinationService: other,
    mesh: mesh.name,
    direction,
    zone: dataplane.labels['kuma.io/zone'],
    workload: workloadKri(dataplane, dataplane.labels['kuma.io/zone']),
  }
}

function add({ chains }: ListenerDraft, logs: readonly AccessLog[]): void {
  if (logs.length === 0) return
  for (const { hcm, tcpProxy } of chains) {
    for (const target of [hcm, tcpProxy]) if (target) target.accessLog = [...(target.accessLog ?? []), ...logs]
  }
}

function logInbound(
  { matched, loggers, proxy }: Context,
  listener: ListenerDraft,
  at: ListenerAddress,
  format: string,
  service: string,
): void {
  const rules = matched.inbound.forListener(at)
  add(listener, inboundLogs(rules, loggers, format, valuesOf(proxy, 'INBOUND', service)))
  if (rules.some(({ match }) => match?.sni)) readServerNames(listener)
}

/** Long tunnels run through zone proxies: what is known of them is logged as they begin, too. */
function logZoneListener({ matched, loggers, proxy }: Context, draft: ZoneListenerDraft): void {
  const rules = matched.inbound.forListener(draft)
  if (rules.length === 0) return
  const values = { ...valuesOf(proxy, 'UNSPECIFIED', 'unknown'), sourceService: 'unknown' }
  add(draft.listener, inboundLogs(rules, loggers, defaultLogFormats.tcp, values))
  if (rules.some(({ match }) => match?.sni)) readServerNames(draft.listener)
  for (const { tcpProxy } of draft.listener.chains) {
    if (tcpProxy) tcpProxy.accessLogOptions = { ...tcpProxy.accessLogOptions, flushAccessLogOnConnected: true }
  }
}

function logService({ matched, loggers, proxy }: Context, { outbound, listener }: OutboundDraft): void {
  const conf = matched.to.forService(outbound.service)?.conf
  if (conf) add(listener, loggers(conf, formatOf(outbound.protocol), valuesOf(proxy, 'OUTBOUND', outbound.service)))
}

/** What leaves the mesh, and what goes past load balancing. Without a format, Kuma writes the protocol's name. */
function logPassthrough({ matched, loggers, proxy }: Context, draft: ProxyDraft): void {
  const conf = matched.to.forService(passThroughService)?.conf
  if (!conf) return
  const listeners = [...draft.listeners.values()]
  const log = (listener: ListenerDraft, to: string) => add(listener, loggers(conf, 'tcp', valuesOf(proxy, 'OUTBOUND', to)))
  for (const listener of listeners) {
    if (listener.origin === 'transparent' && listener.message.trafficDirection === TrafficDirection.OUTBOUND) log(listener, 'external')
  }
  for (const listener of listeners) if (listener.origin === 'direct-access') log(listener, listener.name)
}

function logGateway(context: Context, { listener, envoyListener }: GatewayDraft): void {
  const { matched, loggers, proxy } = context
  const at = listenerAddress(listener, proxy)
  // HTTPS is none of the protocols that Kuma knows formats of.
  const format = formatOf(listener.protocol === 'HTTP' ? 'http' : 'unknown')
  const conf = matched.gateway.forListener(at).forTags({})?.conf
  if (conf) add(envoyListener, loggers(conf, format, valuesOf(proxy, 'OUTBOUND', '*')))
  logInbound(context, envoyListener, at, format, proxy.service)
}

/** Requests that take a route of which something is said are logged as the route wants, all others as the service does. */
function logRealService({ matched, loggers, proxy }: Context, { outbound, listener }: OutboundDraft): void {
  const { resource = '', protocol } = outbound
  const format = formatOf(protocol)
  const values = valuesOf(proxy, 'OUTBOUND', parseKri(resource)?.name ?? '')
  const conf = matched.to.forResource(resource)?.confs[0]
  const logs = conf ? loggers(conf, format, values) : []
  const ofRoutes = routeLogs(matched, listener, (routeConf) => loggers(routeConf, format, values))
  add(listener, [...(isHttp(protocol) ? logs.map(unlessRouted) : logs), ...ofRoutes])
}

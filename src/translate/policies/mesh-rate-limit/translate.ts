import type { Route } from '../../../gen/envoy/config/route/v3/route_components.js'
import { LocalRateLimit } from '../../../gen/envoy/extensions/filters/network/local_ratelimit/v3/local_rate_limit.js'
import { callerKeys, callerRules, rememberCaller, routesByCaller } from '../../caller-routes.js'
import type { FilterChainDraft, InboundDraft, ZoneListenerDraft } from '../../draft.js'
import { duration } from '../../envoy/duration.js'
import { insertBeforeRouter } from '../../envoy/hcm.js'
import { networkFilter } from '../../envoy/listener.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { listenerAddress } from '../../gateway/listener.js'
import { type RequestLimit, rateLimitConfig, rateLimitFilter, rateLimitFilterName } from '../../local-rate-limit.js'
import type { ProxyContext } from '../../proxy.js'
import { type InboundRule, matchesHashTag, mergeConfs } from '../../rules/index.js'
import { confsForAll } from '../../zone-listener-rules.js'
import type { MatchedRateLimits } from './match.js'
import type { LocalHttp, LocalTcp, RateLimitConf } from './schema.js'

export function inbound(matched: MatchedRateLimits, { inbound, listener }: InboundDraft): void {
  const conf = matched.inbound(inbound) ?? {}
  for (const chain of listener.chains) limit(chain, conf, matched.bySource(inbound))
}

/** What holds for all and what holds for the service that a chain leads to are one limit. */
export function zoneListener(matched: MatchedRateLimits, { section, listener }: ZoneListenerDraft): void {
  const rules = matched.zoneListener(section)
  const byCaller = rules.filter(({ match }) => match?.spiffeID)
  for (const chain of listener.chains) {
    const [conf = {}] = mergeConfs(confsForAll(rules, chain)) as readonly RateLimitConf[]
    limit(chain, conf, byCaller)
  }
}

function limit(chain: FilterChainDraft, conf: RateLimitConf, byCaller: readonly InboundRule<RateLimitConf>[]): void {
  limitRequests(chain, conf.local?.http)
  limitConnections(chain, conf.local?.tcp)
  limitCallers(chain, conf, byCaller)
}

/** Gateways fetch their routes: each has its limit, and the filter that reads it is there anyway. */
export function gateway(matched: MatchedRateLimits, { listener, envoyListener, routes }: GatewayDraft, proxy: ProxyContext): void {
  const rules = matched.gateway(listenerAddress(listener, proxy))
  const everything = rules.forTags({})?.conf
  for (const chain of envoyListener.chains) limitConnections(chain, everything?.local?.tcp)
  for (const { message } of routes) {
    const own = requestLimit(rules.forTags({ [matchesHashTag]: message.name ?? '' })?.conf?.local?.http)
    const limit = own ?? requestLimit(everything?.local?.http)
    if (limit) addLimit(message, limit)
  }
}

function limitRequests(chain: FilterChainDraft, http: LocalHttp | undefined): void {
  const limit = requestLimit(http)
  if (!limit || !chain.hcm || !chain.route) return
  for (const virtualHost of chain.route.virtualHosts ?? []) {
    for (const route of virtualHost.routes ?? []) addLimit(route, limit)
  }
  addFilter(chain)
}

function addFilter({ hcm }: FilterChainDraft): void {
  if (hcm && !hcm.httpFilters?.some(({ name }) => name === rateLimitFilterName)) insertBeforeRouter(hcm, rateLimitFilter())
}

/** A limit that is there already stays. */
function addLimit(route: Route, limit: RequestLimit): void {
  route.typedPerFilterConfig = { ...rateLimitConfig(limit), ...route.typedPerFilterConfig }
}

const connectionFilterName = 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit'

function limitConnections({ filters }: FilterChainDraft, { disabled, connectionRate }: LocalTcp = {}): void {
  if (disabled || !connectionRate) return
  const { num, interval } = connectionRate
  const filter = networkFilter(connectionFilterName, LocalRateLimit, {
    statPrefix: 'tcp_rate_limit',
    tokenBucket: { maxTokens: num, tokensPerFill: num, fillInterval: duration(interval) },
  })
  filters.unshift(filter)
}

const keys = callerKeys('mesh_rate_limit')

/** Limits by the caller's identity, each on top of what holds for everybody. */
function limitCallers(chain: FilterChainDraft, base: RateLimitConf, rules: readonly InboundRule<RateLimitConf>[]): void {
  if (!chain.hcm) return
  const effective = callerRules(rules.filter(({ conf }) => conf.local?.http)).map(({ match, confs }) => {
    const [conf] = mergeConfs([...(base.local?.http ? [base] : []), ...confs]) as readonly RateLimitConf[]
    return { match, limit: requestLimit(conf?.local?.http) }
  })
  const limited = effective.some(({ limit }) => limit)
  if (effective.length === 0 || (!limited && !requestLimit(base.local?.http))) return
  rememberCaller(chain, keys, effective, { join: true })
  if (limited) addFilter(chain)
  routesByCaller(chain, keys, effective, (copy, { limit }) => {
    const { [rateLimitFilterName]: _, ...rest } = copy.typedPerFilterConfig ?? {}
    copy.typedPerFilterConfig = limit ? { ...rest, ...rateLimitConfig(limit) } : rest
  })
}

/** The limit as the filter's; `undefined` where there is none. Values that replace a header are split at commas, as in Kuma. */
function requestLimit({ disabled, requestRate, onRateLimit }: LocalHttp = {}): RequestLimit | undefined {
  if (disabled || !requestRate) return undefined
  const { add = [], set = [] } = onRateLimit?.headers ?? {}
  const headers = [
    ...add.map(({ name, value }) => ({ key: name, value, append: true })),
    ...set.flatMap(({ name, value }) => value.split(',').map((part) => ({ key: name, value: part, append: false }))),
  ]
  return { requests: requestRate.num, interval: requestRate.interval, onRateLimit: { status: onRateLimit?.status, headers } }
}

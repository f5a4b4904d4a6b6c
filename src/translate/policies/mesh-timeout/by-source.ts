import { Config } from '../../../gen/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state.js'
import type { FilterStateValue } from '../../../gen/envoy/extensions/filters/common/set_filter_state/v3/value.js'
import { Route } from '../../../gen/envoy/config/route/v3/route_components.js'
import type { FilterStateMatcher } from '../../../gen/envoy/type/matcher/v3/filter_state.js'
import type { FilterChainDraft } from '../../draft.js'
import { duration } from '../../envoy/duration.js'
import { networkFilter } from '../../envoy/listener.js'
import { exactly, startsWith } from '../../envoy/tls.js'
import type { InboundRule, Match } from '../../rules/index.js'
import type { TimeoutConf } from './schema.js'

const filterName = 'envoy.filters.network.set_filter_state'
const spiffeKey = 'kuma.mesh_timeout.match.spiffe_id'
const sniKey = 'kuma.mesh_timeout.match.sni'

/**
 * Request timeouts by the caller's identity: the connection remembers who calls, and each route is there once more for every
 * identity that has timeouts of its own, in front of the route for everybody.
 */
export function timeoutsBySource(chain: FilterChainDraft, rules: readonly InboundRule<TimeoutConf>[]): void {
  const conditioned = rules
    .filter(({ conf: { http } }) => http?.requestTimeout !== undefined || http?.streamIdleTimeout !== undefined)
    .sort((a, b) => specificity(b.match) - specificity(a.match))
  if (conditioned.length === 0) return
  if (!chain.filters.some(({ name }) => name === filterName)) chain.filters.unshift(rememberCaller(conditioned))
  const effective = effectiveRules(conditioned)
  for (const virtualHost of chain.route?.virtualHosts ?? []) {
    virtualHost.routes = (virtualHost.routes ?? []).flatMap((route) =>
      route.action?.$case === 'route' ? [...effective.map((rule) => routeFor(route, rule)), route] : [route],
    )
  }
}

/** Exact identities first, then prefixes by their length; among equals those that name a server. */
function specificity({ spiffeID, sni }: Match = {}): number {
  const identity = spiffeID?.type === 'Exact' ? 1e6 : (spiffeID?.value.length ?? 0) * 2
  return identity + (sni ? 1 : 0)
}

/** Each match once, with the confs of all that cover it, the most specific winning. */
function effectiveRules(rules: readonly InboundRule<TimeoutConf>[]): { readonly match: Match; readonly http: TimeoutConf['http'] }[] {
  const seen = new Set<string>()
  return rules.flatMap(({ match = {} }) => {
    const key = JSON.stringify([match.spiffeID?.type, match.spiffeID?.value, match.sni?.value])
    if (seen.has(key)) return []
    seen.add(key)
    const covering = rules.filter((rule) => covers(rule.match ?? {}, match)).reverse()
    return [{ match, http: Object.assign({}, ...covering.map(({ conf }) => conf.http)) }]
  })
}

function covers(wide: Match, narrow: Match): boolean {
  if (!wide.spiffeID || !narrow.spiffeID) return false
  const identity =
    wide.spiffeID.type === 'Prefix'
      ? narrow.spiffeID.value.startsWith(wide.spiffeID.value)
      : narrow.spiffeID.type === 'Exact' && narrow.spiffeID.value === wide.spiffeID.value
  return identity && (!wide.sni || wide.sni.value === narrow.sni?.value)
}

function routeFor(route: Route, { match, http }: { match: Match; http: TimeoutConf['http'] }): Route {
  const copy = structuredCloneRoute(route)
  const filterState = [...(copy.match?.filterState ?? []), ...filterStateMatchers(match)]
  copy.match = { ...copy.match, filterState }
  if (copy.action?.$case === 'route') {
    if (http?.requestTimeout !== undefined) copy.action.route.timeout = duration(http.requestTimeout)
    if (http?.streamIdleTimeout !== undefined) copy.action.route.idleTimeout = duration(http.streamIdleTimeout)
  }
  return copy
}

/** A copy that shares nothing that timeouts change. */
function structuredCloneRoute(route: Route): Route {
  const { action } = route
  return { ...route, action: action?.$case === 'route' ? { $case: 'route', route: { ...action.route } } : action }
}

function filterStateMatchers({ spiffeID, sni }: Match): FilterStateMatcher[] {
  const matchers: FilterStateMatcher[] = []
  if (spiffeID) {
    const stringMatch = spiffeID.type === 'Prefix' ? startsWith(spiffeID.value) : exactly(spiffeID.value)
    matchers.push({ key: spiffeKey, matcher: { $case: 'stringMatch', stringMatch } })
  }
  if (sni) matchers.push({ key: sniKey, matcher: { $case: 'stringMatch', stringMatch: exactly(sni.value) } })
  return matchers
}

function rememberCaller(rules: readonly InboundRule<TimeoutConf>[]) {
  const values = [stateValue(spiffeKey, '%DOWNSTREAM_PEER_URI_SAN%')]
  if (rules.some(({ match }) => match?.sni)) values.push(stateValue(sniKey, '%REQUESTED_SERVER_NAME%'))
  return networkFilter(filterName, Config, { onDownstreamTlsHandshake: values })
}

function stateValue(key: string, format: string): FilterStateValue {
  return {
    key: { $case: 'objectKey', objectKey: key },
    factoryKey: 'envoy.string',
    value: {
      $case: 'formatString',
      formatString: { format: { $case: 'textFormatSource', textFormatSource: { specifier: { $case: 'inlineString', inlineString: format } } } },
    },
    readOnly: true,
    skipIfEmpty: true,
  }
}

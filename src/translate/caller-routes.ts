import type { Route } from '../gen/envoy/config/route/v3/route_components.js'
import type { FilterStateValue } from '../gen/envoy/extensions/filters/common/set_filter_state/v3/value.js'
import { Config } from '../gen/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state.js'
import type { FilterStateMatcher } from '../gen/envoy/type/matcher/v3/filter_state.js'
import type { FilterChainDraft } from './draft.js'
import { packedMessage } from './envoy/any.js'
import { networkFilter } from './envoy/listener.js'
import { exactly, startsWith } from './envoy/tls.js'
import type { InboundRule, Match } from './rules/index.js'

/**
 * Settings of routes by the caller's identity: the connection remembers who calls, and each route is there once more for every
 * identity that has settings of its own, in front of the route for everybody.
 */
export interface CallerRule<Conf> {
  readonly match: Match
  /** The confs of all rules that cover the match, the strongest last. */
  readonly confs: readonly Conf[]
}

/** Each match once, the most specific first. Rules that name no identity don't count. */
export function callerRules<Conf>(rules: readonly InboundRule<Conf>[]): CallerRule<Conf>[] {
  const byIdentity = rules.filter(({ match }) => match?.spiffeID)
  const narrowFirst = byIdentity.toSorted((a, b) => compareSpecificity(b.match, a.match))
  const wideFirst = byIdentity.toSorted((a, b) => compareSpecificity(a.match, b.match))
  const seen = new Set<string>()
  return narrowFirst.flatMap(({ match = {} }) => {
    const key = JSON.stringify([match.spiffeID?.type, match.spiffeID?.value, match.sni?.value])
    if (seen.has(key)) return []
    seen.add(key)
    return [{ match, confs: wideFirst.filter((rule) => covers(rule.match ?? {}, match)).map(({ conf }) => conf) }]
  })
}

/** Exact identities are more specific than prefixes; among equals those that name a server, then longer prefixes. */
function compareSpecificity(a: Match = {}, b: Match = {}): number {
  const ranks = ({ spiffeID, sni }: Match) => {
    const exact = spiffeID?.type === 'Exact'
    return [exact ? 1 : 0, sni ? 1 : 0, exact ? 0 : (spiffeID?.value.length ?? 0)]
  }
  const [left, right] = [ranks(a), ranks(b)]
  return left.map((rank, i) => rank - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0
}

function covers(wide: Match, narrow: Match): boolean {
  if (!wide.spiffeID || !narrow.spiffeID) return false
  const identity =
    wide.spiffeID.type === 'Prefix'
      ? narrow.spiffeID.value.startsWith(wide.spiffeID.value)
      : narrow.spiffeID.type === 'Exact' && narrow.spiffeID.value === wide.spiffeID.value
  return identity && (!wide.sni || wide.sni.value === narrow.sni?.value)
}

const filterName = 'envoy.filters.network.set_filter_state'

/** The names under which connections remember their caller for one policy, e.g. `mesh_timeout`. */
export interface CallerKeys {
  readonly spiffeID: string
  readonly sni: string
}

export function callerKeys(policy: string): CallerKeys {
  return { spiffeID: `kuma.${policy}.match.spiffe_id`, sni: `kuma.${policy}.match.sni` }
}

/**
 * Makes the connections of a chain remember who calls.
 * @param options.join what to do where they already remember it for another policy: add to that, or leave it at that, as Kuma's
 *   MeshTimeout does
 */
export function rememberCaller(
  { filters }: FilterChainDraft,
  keys: CallerKeys,
  rules: readonly { readonly match: Match }[],
  { join }: { readonly join: boolean },
): void {
  const values = [stateValue(keys.spiffeID, '%DOWNSTREAM_PEER_URI_SAN%')]
  if (rules.some(({ match }) => match.sni)) values.push(stateValue(keys.sni, '%REQUESTED_SERVER_NAME%'))
  const found = filters.find(({ name }) => name === filterName)?.configType
  const config = found?.$case === 'typedConfig' ? packedMessage(Config, found.typedConfig) : undefined
  if (config && !join) return
  if (config) config.onDownstreamTlsHandshake = [...(config.onDownstreamTlsHandshake ?? []), ...values]
  else filters.unshift(networkFilter(filterName, Config, { onDownstreamTlsHandshake: values }))
}

/** Puts a copy of each route for each rule in front of it. `settle` gives the copy what the rule says. */
export function routesByCaller<Rule extends { readonly match: Match }>(
  { route }: FilterChainDraft,
  keys: CallerKeys,
  rules: readonly Rule[],
  settle: (copy: Route, rule: Rule) => void,
): void {
  for (const virtualHost of route?.virtualHosts ?? []) {
    virtualHost.routes = (virtualHost.routes ?? []).flatMap((original) => {
      if (original.action?.$case !== 'route') return [original]
      const copies = rules.map((rule) => {
        const copy = copyOf(original)
        copy.match = { ...copy.match, filterState: [...(copy.match?.filterState ?? []), ...stateMatchers(keys, rule.match)] }
        settle(copy, rule)
        return copy
      })
      return [...copies, original]
    })
  }
}

/** Shares nothing with the route that settings change. */
function copyOf(route: Route): Route {
  const { action, typedPerFilterConfig } = route
  return {
    ...route,
    action: action?.$case === 'route' ? { $case: 'route', route: { ...action.route } } : action,
    typedPerFilterConfig: typedPerFilterConfig && { ...typedPerFilterConfig },
  }
}

function stateMatchers(keys: CallerKeys, { spiffeID, sni }: Match): FilterStateMatcher[] {
  const matchers: FilterStateMatcher[] = []
  if (spiffeID) {
    const stringMatch = spiffeID.type === 'Prefix' ? startsWith(spiffeID.value) : exactly(spiffeID.value)
    matchers.push({ key: keys.spiffeID, matcher: { $case: 'stringMatch', stringMatch } })
  }
  if (sni) matchers.push({ key: keys.sni, matcher: { $case: 'stringMatch', stringMatch: exactly(sni.value) } })
  return matchers
}

function stateValue(key: string, format: string): FilterStateValue {
  return {
    key: { $case: 'objectKey', objectKey: key },
    factoryKey: 'envoy.string',
    value: {
      $case: 'formatString',
      formatString: {
        format: { $case: 'textFormatSource', textFormatSource: { specifier: { $case: 'inlineString', inlineString: format } } },
      },
    },
    readOnly: true,
    skipIfEmpty: true,
  }
}

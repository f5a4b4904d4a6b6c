import type { HeaderMatcher } from '../../../gen/envoy/config/route/v3/route_components.js'
import { ExtensionWithMatcher } from '../../../gen/envoy/extensions/common/matching/v3/extension_matcher.js'
import { SkipFilter } from '../../../gen/envoy/extensions/filters/common/matcher/action/v3/skip_action.js'
import { HTTPFault } from '../../../gen/envoy/extensions/filters/http/fault/v3/fault.js'
import type { HttpFilter } from '../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { numberOf } from '../../../core/validate/numbers.js'
import type { InboundDraft, ZoneListenerDraft } from '../../draft.js'
import { bandwidthLimit, faultAbort, faultDelay } from '../../envoy/fault.js'
import { httpFilter, insertBeforeRouter } from '../../envoy/hcm.js'
import { extension, fieldMatcher, matcherList, notMatching, onMatch } from '../../envoy/matcher.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { listenerAddress } from '../../gateway/listener.js'
import { isHttp } from '../../protocol.js'
import type { ProxyContext } from '../../proxy.js'
import { type InboundRule, type MatchedRules, type Subset, type SubsetRule, kriOf } from '../../rules/index.js'
import { inboundPoliciesBySource } from '../../source-destination.js'
import { header, tagsHeaderRegex } from '../../tags.js'
import { type Fault, type FaultConf, MeshFaultInjection } from './schema.js'

const filterName = 'envoy.filters.http.fault'

export function match({ mesh, dataplane }: ProxyContext): MatchedRules<FaultConf> {
  return mesh.rules.of<FaultConf>(MeshFaultInjection, dataplane)
}

/** By identity where `rules` speak of the inbound, else by tags. Inbounds with faults of the older kind are left to it. */
export function inbound(rules: MatchedRules<FaultConf>, { inbound, listener }: InboundDraft, { mesh }: ProxyContext): void {
  if (!isHttp(inbound.protocol)) return
  const older = mesh.resourcesOf<{ readonly destinations?: [] }>('FaultInjection')
  if (older.length > 0 && inboundPoliciesBySource(older, inbound.tags).length > 0) return
  const byIdentity = rules.inbound.forListener(inbound)
  const filters = byIdentity.length > 0 ? byIdentity.flatMap(identityFilters) : (rules.from.forListener(inbound) ?? []).flatMap(tagFilters)
  for (const { hcm } of listener.chains) if (hcm) for (const filter of filters) insertBeforeRouter(hcm, filter)
}

/** The Dataplane's zone proxies know callers by identity alone. */
export function zoneListener(rules: MatchedRules<FaultConf>, draft: ZoneListenerDraft): void {
  const filters = rules.inbound.forListener(draft).flatMap(identityFilters)
  for (const { hcm } of draft.listener.chains) if (hcm) for (const filter of filters) insertBeforeRouter(hcm, filter)
}

export function gateway(rules: MatchedRules<FaultConf>, { listener, envoyListener }: GatewayDraft, proxy: ProxyContext): void {
  const filters = rules.gateway.forListener(listenerAddress(listener, proxy)).services.flatMap(tagFilters)
  for (const { hcm } of envoyListener.chains) if (hcm) for (const filter of filters) insertBeforeRouter(hcm, filter)
}

function tagFilters({ subset, conf: { http = [] } }: SubsetRule<FaultConf>): HttpFilter[] {
  return http.map((fault) => httpFilter(filterName, HTTPFault, { ...faultOf(fault), headers: callers(subset) }))
}

/** The clients of a subset, by the header that says their tags. */
function callers(subset: Subset): HeaderMatcher[] | undefined {
  if (subset.length === 0) return undefined
  return [false, true].flatMap((not) => {
    const tags = Object.fromEntries(subset.filter((tag) => tag.not === not).map(({ key, value }) => [key, value]))
    return Object.keys(tags).length > 0 ? [callersWith(tags, not)] : []
  })
}

function callersWith(tags: Readonly<Record<string, string>>, invertMatch: boolean): HeaderMatcher {
  const regex = tagsHeaderRegex([tags])
  return {
    name: header.tags,
    headerMatchSpecifier: { $case: 'stringMatch', stringMatch: { matchPattern: { $case: 'safeRegex', safeRegex: { regex } } } },
    invertMatch,
  }
}

/** Each fault is a filter that is skipped for all callers but those of the rule. */
function identityFilters({ match, conf: { http = [] }, origin }: InboundRule<FaultConf>): HttpFilter[] {
  const skip = onMatch(extension('skip', SkipFilter, {}))
  const others = fieldMatcher(match ? [match] : [], skip).map((entry) => ({
    ...entry,
    predicate: entry.predicate && notMatching(entry.predicate),
  }))
  const name = kriOf(origin.policy, MeshFaultInjection.shortName ?? '')
  return http.map((fault) =>
    httpFilter(name, ExtensionWithMatcher, {
      extensionConfig: extension(filterName, HTTPFault, faultOf(fault)),
      xdsMatcher: matcherList(others),
    }),
  )
}

const percentageOf = (value: number | string) => numberOf(value) ?? 0

function faultOf({ abort, delay, responseBandwidth }: Fault): HTTPFault {
  return {
    delay: delay && faultDelay({ value: delay.value, percentage: percentageOf(delay.percentage) }),
    abort: abort && faultAbort({ httpStatus: abort.httpStatus, percentage: percentageOf(abort.percentage) }),
    responseRateLimit:
      responseBandwidth && bandwidthLimit({ ...responseBandwidth, percentage: percentageOf(responseBandwidth.percentage) }),
  }
}

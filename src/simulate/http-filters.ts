import type { HttpFilter } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { ExtensionWithMatcher } from '../gen/envoy/extensions/common/matching/v3/extension_matcher.js'
import { SkipFilter } from '../gen/envoy/extensions/filters/common/matcher/action/v3/skip_action.js'
import { Buffer } from '../gen/envoy/extensions/filters/http/buffer/v3/buffer.js'
import { Compressor } from '../gen/envoy/extensions/filters/http/compressor/v3/compressor.js'
import { HTTPFault } from '../gen/envoy/extensions/filters/http/fault/v3/fault.js'
import { FilterConfig as GrpcStats } from '../gen/envoy/extensions/filters/http/grpc_stats/v3/config.js'
import { LocalRateLimit } from '../gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.js'
import { RBAC, RBACPerRoute } from '../gen/envoy/extensions/filters/http/rbac/v3/rbac.js'
import { Router } from '../gen/envoy/extensions/filters/http/router/v3/router.js'
import type { Route, VirtualHost } from '../gen/envoy/config/route/v3/route_components.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import type { Any } from '../gen/google/protobuf/any.js'
import { secondsOf, shareOf } from './amounts.js'
import type { Connection } from './connection.js'
import { matchAction } from './data-matcher.js'
import { decide } from './rbac.js'
import type { HttpMessage } from './request.js'
import type { FaultMet, Hop, RateLimit } from './result.js'
import { type End, likely } from './step.js'
import { matchesHeader } from './string-match.js'
import { Unevaluated } from './unevaluated.js'
import { unpack } from './unpack.js'

/** What a request has met when it comes to a filter. */
export interface Passing {
  readonly message: HttpMessage
  readonly connection: Connection
  /** Where settings of filters may stand, the most specific first. */
  readonly places: readonly (Pick<Route | VirtualHost | RouteConfiguration, 'typedPerFilterConfig'> | undefined)[]
}

/** Those that ended at a filter, and what is left of the request behind them all. */
export interface Filtered {
  readonly ended: readonly End[]
  /** Absent when nothing is left. */
  readonly rest?: { readonly probability: number; readonly hop: Hop }
}

/** Filters that look at requests, or change nothing that counts here. */
const harmless = new Set([Router, GrpcStats, Compressor, Buffer].map(({ $type }) => `type.googleapis.com/${$type}`))

/** Walks a request through the HTTP filters in their order. */
export function passFilters(filters: readonly HttpFilter[], passing: Passing, start: Hop): Filtered {
  const ended: End[] = []
  let probability = 1
  let hop = start
  for (const filter of filters) {
    if (filter.disabled) continue
    const met = meet(filter, passing, hop)
    ended.push(...likely(met.ended, probability))
    if (!met.rest) return { ended }
    probability *= met.rest.probability
    hop = met.rest.hop
  }
  return { ended, rest: { probability, hop } }
}

function meet({ name = '', configType, isOptional }: HttpFilter, passing: Passing, hop: Hop): Filtered {
  const pass = { ended: [], rest: { probability: 1, hop } }
  const any = configType?.$case === 'typedConfig' ? configType.typedConfig : undefined
  const conditional = unpack(ExtensionWithMatcher, any)
  if (conditional) {
    const action = conditional.xdsMatcher && matchAction(conditional.xdsMatcher, passing.connection)
    if (unpack(SkipFilter, action?.typedConfig)) return pass
    const { extensionConfig } = conditional
    const inner: HttpFilter = {
      name: extensionConfig?.name,
      configType: extensionConfig?.typedConfig && { $case: 'typedConfig', typedConfig: extensionConfig.typedConfig },
    }
    return meet(inner, passing, hop)
  }
  const rbac = unpack(RBAC, any)
  if (rbac) return meetPermissions(perRoute(name, RBACPerRoute, passing)?.rbac ?? rbac, passing, hop)
  const fault = unpack(HTTPFault, any)
  if (fault) return meetFault(perRoute(name, HTTPFault, passing) ?? fault, passing, hop)
  const limit = unpack(LocalRateLimit, any)
  if (limit) return { ended: [], rest: { probability: 1, hop: withLimit(hop, perRoute(name, LocalRateLimit, passing) ?? limit) } }
  if (harmless.has(any?.typeUrl ?? '') || isOptional) return pass
  throw new Unevaluated(`the HTTP filter "${name}"`)
}

/** A filter's settings where the route, the virtual host or the route configuration has its own. */
function perRoute<T>(name: string, codec: Parameters<typeof unpack<T>>[0], { places }: Passing): T | undefined {
  const any: Any | undefined = places.map((place) => place?.typedPerFilterConfig?.[name]).find((found) => found !== undefined)
  return unpack(codec, any)
}

function meetPermissions(config: RBAC, { message, connection }: Passing, before: Hop): Filtered {
  const decision = { level: 'request' as const, ...decide(config, { message, connection }) }
  const hop: Hop = { ...before, permissions: [...before.permissions, decision] }
  if (decision.allowed) return { ended: [], rest: { probability: 1, hop } }
  return { ended: [{ kind: 'denied', probability: 1, reason: deniedReason(decision.by), status: 403, hop }] }
}

export function deniedReason(by: readonly string[]): string {
  return by.length > 0 ? `denied by ${by.join(', ')}` : 'no permission lets the caller in'
}

function meetFault(config: HTTPFault, { message }: Passing, before: Hop): Filtered {
  const { headers = [], upstreamCluster, downstreamNodes = [] } = config
  if (upstreamCluster || downstreamNodes.length > 0) throw new Unevaluated('a fault for some clusters or nodes')
  if (!headers.every((header) => matchesHeader(header, message))) return { ended: [], rest: { probability: 1, hop: before } }
  const fault = faultMet(config)
  const hop: Hop = { ...before, faults: [...before.faults, fault] }
  const aborted = fault.abort?.share ?? 0
  const ended: End[] =
    fault.abort && aborted > 0
      ? [
          {
            kind: 'answered',
            probability: aborted,
            reason: `a fault injection answers ${fault.abort.status}`,
            status: fault.abort.status,
            hop,
          },
        ]
      : []
  return aborted >= 1 ? { ended } : { ended, rest: { probability: 1 - aborted, hop } }
}

export function faultMet({ delay, abort, responseRateLimit }: HTTPFault): FaultMet {
  const delaySeconds = delay?.faultDelaySecifier?.$case === 'fixedDelay' ? secondsOf(delay.faultDelaySecifier.fixedDelay) : undefined
  const status = abort?.errorType?.$case === 'httpStatus' ? abort.errorType.httpStatus : undefined
  const limit = responseRateLimit?.limitType?.$case === 'fixedLimit' ? responseRateLimit.limitType.fixedLimit.limitKbps : undefined
  return {
    ...(delaySeconds !== undefined && { delay: { seconds: delaySeconds, share: shareOf(delay?.percentage) } }),
    ...(status !== undefined && { abort: { status, share: shareOf(abort?.percentage) } }),
    ...(limit !== undefined && { bandwidth: { kilobitsPerSecond: Number(limit), share: shareOf(responseRateLimit?.percentage) } }),
  }
}

function withLimit(hop: Hop, config: LocalRateLimit): Hop {
  const limit = limitMet(config)
  return limit ? { ...hop, rateLimits: [...hop.rateLimits, limit] } : hop
}

/** A limit that is enforced. */
export function limitMet({ tokenBucket, filterEnabled, filterEnforced, status }: LocalRateLimit): RateLimit | undefined {
  if (!tokenBucket || shareOf(filterEnabled?.defaultValue) === 0 || shareOf(filterEnforced?.defaultValue) === 0) return undefined
  return {
    level: 'request',
    requests: tokenBucket.maxTokens ?? 0,
    perSeconds: secondsOf(tokenBucket.fillInterval) ?? 0,
    status: status?.code || 429,
  }
}

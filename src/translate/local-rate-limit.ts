import { HeaderValueOption_HeaderAppendAction, type RuntimeFractionalPercent } from '../gen/envoy/config/core/v3/base.js'
import { LocalRateLimit } from '../gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.js'
import type { HttpFilter } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { StatusCode } from '../gen/envoy/type/v3/http_status.js'
import type { Any } from '../gen/google/protobuf/any.js'
import { pack } from './envoy/any.js'
import { duration } from './envoy/duration.js'
import { httpFilter } from './envoy/hcm.js'
import { fractionalPercent } from './envoy/percent.js'

export const rateLimitFilterName = 'envoy.filters.http.local_ratelimit'
const statPrefix = 'rate_limit'

export interface RequestLimit {
  readonly requests?: number
  /** A duration as text. */
  readonly interval?: string
  readonly onRateLimit?: {
    readonly status?: number
    readonly headers?: readonly { readonly key?: string; readonly value?: string; readonly append?: boolean }[]
  }
}

/** The filter limits nothing by itself: each route says what holds for it. */
export function rateLimitFilter(): HttpFilter {
  return httpFilter(rateLimitFilterName, LocalRateLimit, { statPrefix })
}

/** A route's limit. */
export function rateLimitConfig({ requests = 0, interval = '0s', onRateLimit }: RequestLimit): Record<string, Any> {
  const { APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction
  const config: LocalRateLimit = {
    statPrefix,
    status: onRateLimit?.status ? { code: onRateLimit.status as StatusCode } : undefined,
    tokenBucket: { maxTokens: requests, tokensPerFill: requests, fillInterval: duration(interval) },
    filterEnabled: always('local_rate_limit_enabled'),
    filterEnforced: always('local_rate_limit_enforced'),
    responseHeadersToAdd: onRateLimit?.headers?.map(({ key, value, append }) => ({
      header: { key, value },
      appendAction: append ? APPEND_IF_EXISTS_OR_ADD : OVERWRITE_IF_EXISTS_OR_ADD,
    })),
  }
  return { [rateLimitFilterName]: pack(LocalRateLimit, config) }
}

const always = (runtimeKey: string): RuntimeFractionalPercent => ({ defaultValue: fractionalPercent(100), runtimeKey })

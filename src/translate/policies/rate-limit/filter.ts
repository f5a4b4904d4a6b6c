import { HeaderValueOption_HeaderAppendAction, type RuntimeFractionalPercent } from '../../../gen/envoy/config/core/v3/base.js'
import { LocalRateLimit } from '../../../gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.js'
import type { HttpFilter } from '../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { StatusCode } from '../../../gen/envoy/type/v3/http_status.js'
import type { Any } from '../../../gen/google/protobuf/any.js'
import { pack } from '../../envoy/any.js'
import { duration } from '../../envoy/duration.js'
import { httpFilter } from '../../envoy/hcm.js'
import { fractionalPercent } from '../../envoy/percent.js'
import type { HttpRateLimit } from './schema.js'

const filterName = 'envoy.filters.http.local_ratelimit'
const statPrefix = 'rate_limit'

/** The filter limits nothing by itself: each route says what holds for it. */
export function rateLimitFilter(): HttpFilter {
  return httpFilter(filterName, LocalRateLimit, { statPrefix })
}

/** A route's limit. */
export function rateLimitConfig({ requests = 0, interval = '0s', onRateLimit }: HttpRateLimit): Record<string, Any> {
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
  return { [filterName]: pack(LocalRateLimit, config) }
}

const always = (runtimeKey: string): RuntimeFractionalPercent => ({ defaultValue: fractionalPercent(100), runtimeKey })

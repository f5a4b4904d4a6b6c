import type { FaultDelay, FaultRateLimit } from '../../gen/envoy/extensions/filters/common/fault/v3/fault.js'
import type { FaultAbort } from '../../gen/envoy/extensions/filters/http/fault/v3/fault.js'
import { duration } from './duration.js'
import { fractionalPercent } from './percent.js'

/* Parts of the HTTP fault filter. Percentages are 0 to 100, durations texts, a limit a number and its unit: `50 kbps`. */

export function faultDelay({ value = '0s', percentage = 0 }: { readonly value?: string; readonly percentage?: number }): FaultDelay {
  return { faultDelaySecifier: { $case: 'fixedDelay', fixedDelay: duration(value) }, percentage: fractionalPercent(percentage) }
}

export function faultAbort({ httpStatus = 0, percentage = 0 }: { readonly httpStatus?: number; readonly percentage?: number }): FaultAbort {
  return { errorType: { $case: 'httpStatus', httpStatus }, percentage: fractionalPercent(percentage) }
}

export function bandwidthLimit({ limit = '', percentage = 0 }: { readonly limit?: string; readonly percentage?: number }): FaultRateLimit {
  return { limitType: { $case: 'fixedLimit', fixedLimit: { limitKbps: kilobits(limit) } }, percentage: fractionalPercent(percentage) }
}

const unitInKilobits: Readonly<Record<string, number>> = { bps: 0.001, kbps: 1, mbps: 1000, gbps: 1_000_000 }

/** Kilobits a second, at least one: that is the least Envoy takes. Kuma itself can't read any unit but kbps. */
function kilobits(limit: string): number {
  const [, count = '1', unit = 'kbps'] = /(\d+)\s*([gmk]?bps)/i.exec(limit) ?? []
  return Math.max(1, Math.round(Number(count) * (unitInKilobits[unit.toLowerCase()] ?? 1)))
}

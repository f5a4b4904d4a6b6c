import type { Duration } from '../gen/google/protobuf/duration.js'
import { FractionalPercent_DenominatorType, type FractionalPercent } from '../gen/envoy/type/v3/percent.js'

export function secondsOf(duration: Duration | undefined): number | undefined {
  return duration && Number(duration.seconds ?? 0) + (duration.nanos ?? 0) / 1e9
}

/** A percentage as a share, 0 to 1. Absent: never. */
export function shareOf(percent: FractionalPercent | undefined): number {
  const { HUNDRED, TEN_THOUSAND } = FractionalPercent_DenominatorType
  const whole = (percent?.denominator ?? HUNDRED) === HUNDRED ? 100 : percent?.denominator === TEN_THOUSAND ? 10_000 : 1_000_000
  return Math.min(1, (percent?.numerator ?? 0) / whole)
}

import type { Duration } from '../../gen/google/protobuf/duration.js'

/** A protobuf duration of so many seconds; fractions become nanoseconds. */
export function seconds(count: number): Duration {
  const whole = Math.trunc(count)
  return { seconds: whole, nanos: Math.round((count - whole) * 1e9) }
}

import type { Duration } from '../../gen/google/protobuf/duration.js'

/** A protobuf duration of so many seconds; fractions become nanoseconds. */
export function seconds(count: number): Duration {
  const whole = Math.trunc(count)
  return { seconds: whole, nanos: Math.round((count - whole) * 1e9) }
}

const units: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
}

/**
 * A duration as Kuma's resources write it, in Go's form: `1h30m`, `1.5s`, `250ms`. The text has been validated before; what
 * isn't one counts as zero.
 */
export function duration(text: string): Duration {
  let known = durations.get(text)
  if (!known) {
    known = Object.freeze(readDuration(text))
    if (durations.size >= durationsKept) durations.clear()
    durations.set(text, known)
  }
  return known
}

/** Meshes have few, and each is read for every route and cluster. */
const durations = new Map<string, Duration>()
const durationsKept = 1024

function readDuration(text: string): Duration {
  let nanos = 0n
  for (const [, number = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)/g)) {
    const [whole = '0', fraction = ''] = number.split('.')
    const scale = units[unit] ?? 0n
    nanos += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
  }
  if (text.startsWith('-')) nanos = -nanos
  return { seconds: Number(nanos / 1_000_000_000n), nanos: Number(nanos % 1_000_000_000n) }
}

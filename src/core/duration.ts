/**
 * Durations as Kuma writes them. A spec keeps them as text, in the form that the peer stores and prints: proto kinds as
 * proto3 JSON does (`90s`, `0.500s`), OpenAPI kinds as Go does (`1m30s`, `500ms`). {@link parseDuration} reads both.
 */

const nanosPerUnit: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

const second = 1_000_000_000n
const largest = 2n ** 63n - 1n

export type ParsedDuration =
  | { readonly ok: true; readonly nanos: bigint }
  /** The message is Go's, as the peer passes it on. */
  | { readonly ok: false; readonly message: string }

/** Reads `10s`, `1h30m`, `1.5s`, `-2ms`, `0`: Go's syntax, in which every number but a lone 0 needs a unit. */
export function parseDuration(text: string): ParsedDuration {
  const quoted = JSON.stringify(text)
  const invalid = { ok: false, message: `time: invalid duration ${quoted}` } as const
  const negative = text.startsWith('-')
  let rest = negative || text.startsWith('+') ? text.slice(1) : text
  if (rest === '0') return { ok: true, nanos: 0n }
  if (rest === '') return invalid
  let total = 0n
  while (rest !== '') {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest)
    const whole = number?.[1] ?? ''
    const fraction = number?.[2] ?? ''
    if (whole === '' && fraction === '') return invalid
    rest = rest.slice(number?.[0].length ?? 0)
    const name = /^[^.\d]*/.exec(rest)?.[0] ?? ''
    if (name === '') return { ok: false, message: `time: missing unit in duration ${quoted}` }
    const unit = nanosPerUnit[name]
    if (unit === undefined) return { ok: false, message: `time: unknown unit ${JSON.stringify(name)} in duration ${quoted}` }
    rest = rest.slice(name.length)
    const digits = fraction.slice(0, 18)
    total += BigInt(whole || '0') * unit
    if (digits !== '') total += (BigInt(digits) * unit) / 10n ** BigInt(digits.length)
    if (total > largest) return invalid
  }
  return { ok: true, nanos: negative ? -total : total }
}

/** As proto3 JSON writes it: seconds with none, three, six or nine digits after the point. */
export function protoDurationText(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  let text = `${size / second}.${String(size % second).padStart(9, '0')}`
  for (let i = 0; i < 2; i++) text = text.endsWith('000') ? text.slice(0, -3) : text
  if (text.endsWith('.000')) text = text.slice(0, -4)
  return `${nanos < 0n ? '-' : ''}${text}s`
}

/** As Go prints it: `1h0m0s`, `1m30s`, `1.5s`, `500ms`, `0s`. */
export function goDurationText(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  const size = nanos < 0n ? -nanos : nanos
  return (nanos < 0n ? '-' : '') + (size < second ? belowSecond(size) : fromSecond(size))
}

function belowSecond(nanos: bigint): string {
  if (nanos < 1_000n) return `${nanos}ns`
  if (nanos < 1_000_000n) return `${decimal(nanos, 1_000n)}µs`
  return `${decimal(nanos, 1_000_000n)}ms`
}

function fromSecond(nanos: bigint): string {
  const seconds = nanos / second
  const hours = seconds / 3600n
  const minutes = (seconds / 60n) % 60n
  const rest = `${decimal(nanos % (60n * second), second)}s`
  if (hours > 0n) return `${hours}h${minutes}m${rest}`
  return minutes > 0n ? `${minutes}m${rest}` : rest
}

function decimal(nanos: bigint, unit: bigint): string {
  const fraction = String(nanos % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '')
  return fraction === '' ? String(nanos / unit) : `${nanos / unit}.${fraction}`
}

/** A duration of a parsed spec in nanoseconds: for comparing and adding. */
export function nanosOf(text: string): bigint {
  const parsed = parseDuration(text)
  return parsed.ok ? parsed.nanos : 0n
}

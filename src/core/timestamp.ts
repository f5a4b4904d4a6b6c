/** Times as stored resources carry them: nanoseconds since 1970 inside, RFC 3339 in UTC outside. */

const SECOND = 1_000_000_000n

/** The moment as nanoseconds, or a nanosecond after `last` where it is not later than that. */
export function timeAfter(last: bigint, now: Date): bigint {
  const ns = BigInt(now.getTime()) * 1_000_000n
  return ns > last ? ns : last + 1n
}

/** RFC 3339 with as many fractional digits, up to nine, as it needs: `2026-01-01T00:00:00.5Z`. */
export function formatTime(ns: bigint): string {
  const seconds = new Date(Number(ns / SECOND) * 1000).toISOString().slice(0, 19)
  const fraction = (ns % SECOND).toString().padStart(9, '0').replace(/0+$/, '')
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`
}

/** The nanoseconds that {@link formatTime} wrote. Undefined for any other text. */
export function parseTime(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text)
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}Z`)
  if (match === null || Number.isNaN(ms)) return undefined
  return BigInt(ms) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'))
}

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatTime, parseTime, timeAfter } from './timestamp.js'

it('is the clock where that is later, else a nanosecond after the last', () => {
  const now = new Date('2026-01-01T00:00:00.001Z')
  const ns = BigInt(now.getTime()) * 1_000_000n
  expect(timeAfter(0n, now)).toBe(ns)
  expect(timeAfter(ns, now)).toBe(ns + 1n)
  expect(timeAfter(ns + 5n, now)).toBe(ns + 6n)
})

it('writes no more digits than it needs', () => {
  expect(formatTime(0n)).toBe('1970-01-01T00:00:00Z')
  expect(formatTime(1_500_000_000n)).toBe('1970-01-01T00:00:01.5Z')
  expect(formatTime(1n)).toBe('1970-01-01T00:00:00.000000001Z')
})

it('reads what it wrote', () => {
  fc.assert(fc.property(fc.bigInt(0n, 253_402_300_799_999_999_999n), (ns) => parseTime(formatTime(ns)) === ns))
})

it.each(['', 'yesterday', '2026-01-01', '2026-13-01T00:00:00Z', '2026-01-01T00:00:00+01:00', '2026-01-01T00:00:00.0000000001Z'])(
  'does not read %j',
  (text) => expect(parseTime(text)).toBeUndefined(),
)

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goDurationText, nanosOf, parseDuration, protoDurationText } from './duration.js'

test.each([
  ['10s', 10_000_000_000n, '10s', '10s'],
  ['1h30m', 5_400_000_000_000n, '5400s', '1h30m0s'],
  ['90s', 90_000_000_000n, '90s', '1m30s'],
  ['500ms', 500_000_000n, '0.500s', '500ms'],
  ['1.5s', 1_500_000_000n, '1.500s', '1.5s'],
  ['.5s', 500_000_000n, '0.500s', '500ms'],
  ['1us', 1000n, '0.000001s', '1µs'],
  ['1ns', 1n, '0.000000001s', '1ns'],
  ['-2m', -120_000_000_000n, '-120s', '-2m0s'],
  ['0', 0n, '0s', '0s'],
  ['1h0m0.25s', 3_600_250_000_000n, '3600.250s', '1h0m0.25s'],
])('%s', (text, nanos, proto, go) => {
  expect(parseDuration(text)).toEqual({ ok: true, nanos })
  expect(protoDurationText(nanos)).toBe(proto)
  expect(goDurationText(nanos)).toBe(go)
})

test.each([
  ['', 'time: invalid duration ""'],
  ['s', 'time: invalid duration "s"'],
  ['10', 'time: missing unit in duration "10"'],
  ['1 minute', 'time: unknown unit " minute" in duration "1 minute"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['300000000h', 'time: invalid duration "300000000h"'],
])('%s is none', (text, message) => expect(parseDuration(text)).toEqual({ ok: false, message }))

test('both texts mean the same again', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanos) => {
      expect(nanosOf(protoDurationText(nanos))).toBe(nanos)
      expect(nanosOf(goDurationText(nanos))).toBe(nanos)
    }),
  )
})

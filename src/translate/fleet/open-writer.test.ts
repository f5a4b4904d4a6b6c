import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Listener } from '../../gen/envoy/config/listener/v3/listener.js'
import { HttpConnectionManager } from '../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { pack } from '../envoy/any.js'
import { encodeMessage } from '../envoy/encode.js'
import { holeOf } from './hole.js'
import { castBytes, mouldFor } from './open-bytes.js'
import { OpenEncoder } from './open-writer.js'

const [first, second] = ['073.073.073.073', '~other~']

/** Values in names, in the middle of texts, in what is packed, and beside what has none. */
function listener(one: string, other: string, padding: string): Listener {
  const hcm: HttpConnectionManager = {
    statPrefix: `${padding}${one}${padding}${other}`,
    httpFilters: [
      { name: other },
      { name: padding },
      { name: one, configType: { $case: 'typedConfig', typedConfig: pack(Listener, { name: one }) } },
    ],
  }
  const filter = { name: padding, configType: { $case: 'typedConfig' as const, typedConfig: pack(HttpConnectionManager, hcm) } }
  return { name: `in:${one}:${other}`, statPrefix: padding, filterChains: [{ name: other, filters: [filter, filter] }, { filters: [] }] }
}

const ascii = (maxLength: number) => fc.string({ unit: 'binary-ascii', minLength: 1, maxLength })
// Lengths around those at which a varint takes one byte more.
const padding = fc.oneof(fc.constantFrom(0, 30, 60, 110, 120, 126, 127, 128, 8100, 8170, 16_300, 16_383), fc.nat({ max: 20_000 }))

it('leaves room for values of any length: cast bytes are those of the message with the values in it', () => {
  fc.assert(
    fc.property(
      ascii(40),
      ascii(200),
      padding.map((length) => 'é'.repeat(length >> 1)),
      (one, other, around) => {
        const holes = [holeOf(first, one), holeOf(second, other)]
        const open = new OpenEncoder(holes).encode(Listener, listener(first, second, around))
        const mould = mouldFor(open, holes)
        const cast = new Uint8Array(mould.bytes.length)
        castBytes(mould, holes, cast)
        expect(Buffer.from(cast).equals(encodeMessage(Listener, listener(one, other, around)))).toBe(true)
        expect(Buffer.from(open.bytes).equals(encodeMessage(Listener, listener(first, second, around)))).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

it('tells of tokens in bytes that somebody else has made', () => {
  const holes = [holeOf(first, '10.0.0.1')]
  const encoder = new OpenEncoder(holes)
  const packed = pack(Listener, { name: first })
  expect(packed.value.length).toBeGreaterThan(0)
  const filters = [{ configType: { $case: 'typedConfig' as const, typedConfig: packed } }]
  encoder.encode(Listener, { name: 'x', filterChains: [{}] })
  expect(encoder.opaque).toBe(false)
  encoder.encode(Listener, { filterChains: [{ filters }] })
  expect(encoder.opaque).toBe(true)
})

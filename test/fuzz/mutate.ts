import * as fc from 'fast-check'

type Edit = { readonly at: number; readonly drop: number; readonly put: Uint8Array }

/** A seed with bytes replaced, dropped or repeated in a few places. */
export function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const put = fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom(
      ...['{}', '[]', 'null', '-1', '1e99', '"', '\n- ', ': ', '__proto__', '*', '\u0000', '%', '../'].map((text) => Buffer.from(text)),
    ),
  )
  const edit: fc.Arbitrary<Edit> = fc.record({ at: fc.nat(10_000), drop: fc.nat(8), put })
  return fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 6 })).map(([seed, edits]) =>
    edits.reduce<Uint8Array>((bytes, { at, drop, put: fresh }) => {
      const place = at % (bytes.length + 1)
      return Buffer.concat([bytes.subarray(0, place), fresh, bytes.subarray(place + drop)])
    }, seed),
  )
}

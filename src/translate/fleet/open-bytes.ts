import type { Hole } from './hole.js'

/** Encoded bytes with tokens in them. */
export interface OpenBytes {
  readonly bytes: Uint8Array
  readonly places: readonly Place[]
  /** The lengths that say how much follows, of everything that a token stands in; inner ones first. */
  readonly lengths: readonly Length[]
}

/** Where a token stands, and which one. */
export interface Place {
  readonly at: number
  readonly hole: number
}

/** A length, as a varint, and where what it counts ends. */
export interface Length {
  readonly at: number
  readonly size: number
  readonly end: number
}

/** Bytes that have room for values of certain sizes. */
export interface Mould {
  readonly bytes: Uint8Array
  readonly places: readonly Place[]
}

/** Writes the bytes with values in their places. @param into as long as they are */
export function castBytes({ bytes, places }: Mould, holes: readonly Hole[], into: Uint8Array): void {
  into.set(bytes)
  for (const { at, hole } of places) {
    const { valueBytes } = holes[hole]!
    for (let i = 0; i < valueBytes.length; i++) into[at + i] = valueBytes[i]!
  }
}

/** What the sizes of values come to: moulds of equal patterns are equal. */
export function patternOf(holes: readonly Hole[]): string {
  let pattern = ''
  for (const { valueBytes } of holes) pattern += `${valueBytes.length} `
  return pattern
}

/** Room for values that are not as long as the tokens: the lengths of everything around them are others, too. */
export function mouldFor({ bytes, places, lengths }: OpenBytes, holes: readonly Hole[]): Mould {
  const grown = places.map(({ hole }) => holes[hole]!.valueBytes.length - holes[hole]!.tokenBytes.length)
  if (grown.every((by) => by === 0)) return { bytes, places }
  const prefixes: Uint8Array[] = []
  for (const { at, size, end } of lengths) {
    let content = end - at - size
    for (const [i, place] of places.entries()) if (at < place.at && place.at < end) content += grown[i]!
    for (const [i, prefix] of prefixes.entries()) {
      const inner = lengths[i]!
      if (at < inner.at && inner.at < end) content += prefix.length - inner.size
    }
    prefixes.push(varint(content))
  }
  const cuts = [
    ...places.map(({ at, hole }) => ({ at, skip: holes[hole]!.tokenBytes.length, put: holes[hole]!.valueBytes, hole })),
    ...lengths.map(({ at, size }, i) => ({ at, skip: size, put: prefixes[i]!, hole: undefined })),
  ].sort((a, b) => a.at - b.at)
  const made = new Uint8Array(bytes.length + cuts.reduce((sum, { skip, put }) => sum + put.length - skip, 0))
  const madePlaces: Place[] = []
  let [from, to] = [0, 0]
  for (const { at, skip, put, hole } of cuts) {
    made.set(bytes.subarray(from, at), to)
    to += at - from
    if (hole !== undefined) madePlaces.push({ at: to, hole })
    made.set(put, to)
    to += put.length
    from = at + skip
  }
  made.set(bytes.subarray(from), to)
  return { bytes: made, places: madePlaces }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Uint8Array.from([...bytes, left])
    bytes.push((left & 0x7f) | 0x80)
  }
}

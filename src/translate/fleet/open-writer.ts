import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { type Codec, Writers, encodeWith } from '../envoy/encode.js'
import { type Hole, placesOf } from './hole.js'
import type { Length, OpenBytes, Place } from './open-bytes.js'

/** A writer's state, which it doesn't show. Its version is pinned, and open-writer.test.ts fails with one that keeps another. */
interface WriterState {
  readonly buffer: Uint8Array
  readonly pos: number
}

const stateOf = (writer: BinaryWriter) => writer as unknown as WriterState

/** Encodes the messages of one template, and says where tokens stand in them. */
export class OpenEncoder {
  private readonly found: Found = { packed: new Map(), opaque: false }
  private readonly writers: Writers

  constructor(holes: readonly Hole[]) {
    this.writers = new Writers(() => new OpenWriter(holes, this.found))
  }

  encode<T>(codec: Codec<T>, message: T): OpenBytes {
    const bytes = encodeWith(this.writers, codec, message)
    return this.found.packed.get(bytes) ?? { bytes, places: [], lengths: [] }
  }

  /** Whether a token stood in bytes of which nobody knows how they are made. */
  get opaque(): boolean {
    return this.found.opaque
  }
}

interface Found {
  /** Everything that was encoded. */
  readonly packed: Map<Uint8Array, OpenBytes>
  opaque: boolean
}

/** Writes what its base class writes, and takes note of tokens. Messages that are packed in another are written before it. */
class OpenWriter extends BinaryWriter {
  private places: Place[] = []
  private lengths: Length[] = []
  private readonly forks: { readonly at: number; readonly places: number; readonly lengths: number }[] = []

  constructor(
    private readonly holes: readonly Hole[],
    private readonly found: Found,
  ) {
    super()
  }

  override string(value: string): this {
    const at = stateOf(this).pos
    super.string(value)
    if (this.holes.some(({ token }) => value.includes(token))) this.add(at, { ...this.search(at), lengths: [] })
    return this
  }

  override bytes(value: Uint8Array): this {
    const at = stateOf(this).pos
    super.bytes(value)
    const packed = this.found.packed.get(value)
    if (packed) this.add(at, packed)
    else if (this.search(at).places.length > 0) this.found.opaque = true
    return this
  }

  override fork(): this {
    this.forks.push({ at: stateOf(this).pos, places: this.places.length, lengths: this.lengths.length })
    return super.fork()
  }

  override join(): this {
    const fork = this.forks.pop()
    const before = stateOf(this).pos
    super.join()
    if (!fork || this.places.length === fork.places) return this
    // A length of one byte was there already; longer ones have moved what they count.
    const { pos: end } = stateOf(this)
    const moved = end - before
    this.places = this.places.map((place, i) => (i < fork.places ? place : { ...place, at: place.at + moved }))
    this.lengths = this.lengths.map((length, i) => (i < fork.lengths ? length : shifted(length, moved)))
    this.lengths.push({ at: fork.at, size: 1 + moved, end })
    return this
  }

  override finish(): Uint8Array<ArrayBuffer> {
    const bytes = super.finish()
    this.found.packed.set(bytes, { bytes, places: this.places, lengths: this.lengths })
    this.places = []
    this.lengths = []
    return bytes
  }

  /** Tokens in the string or bytes that were written last, which begin with their length. */
  private search(at: number): Pick<OpenBytes, 'bytes' | 'places'> {
    const { buffer, pos: end } = stateOf(this)
    let size = 1
    while (buffer[at + size - 1]! >= 0x80) size += 1
    const bytes = buffer.subarray(at + size, end)
    return { bytes, places: this.holes.flatMap((one, hole) => placesOf(one, bytes).map((place) => ({ at: place, hole }))) }
  }

  /** What was written last may have tokens in it. @param at where its length begins */
  private add(at: number, { bytes, places, lengths }: OpenBytes): void {
    if (places.length === 0) return
    const { pos: end } = stateOf(this)
    const start = end - bytes.length
    for (const place of places) this.places.push({ ...place, at: place.at + start })
    for (const length of lengths) this.lengths.push(shifted(length, start))
    this.lengths.push({ at, size: start - at, end })
  }
}

function shifted({ at, size, end }: Length, by: number): Length {
  return { at: at + by, size, end: end + by }
}

import { BinaryWriter } from '@bufbuild/protobuf/wire'

/** What a generated codec offers, as far as packing needs it. */
export interface Codec<T> {
  readonly $type: string
  encode(message: T, writer?: BinaryWriter): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

/** One for each level: encoding a message encodes those that are packed in it. Each keeps its buffer for the next message. */
const writers: BinaryWriter[] = []
let level = 0

/** The message's bytes, as the codec's own writer makes them. */
export function encodeMessage<T>(codec: Codec<T>, message: T): Uint8Array {
  const writer = (writers[level] ??= new BinaryWriter())
  level += 1
  let bytes: Uint8Array | undefined
  try {
    bytes = codec.encode(message, writer).finish()
    return bytes
  } finally {
    level -= 1
    // A writer that was left in the middle of a message is of no more use.
    if (!bytes) writers.length = level
  }
}

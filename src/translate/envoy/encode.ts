import { BinaryWriter } from '@bufbuild/protobuf/wire'

/** What a generated codec offers, as far as packing needs it. */
export interface Codec<T> {
  readonly $type: string
  encode(message: T, writer?: BinaryWriter): BinaryWriter
  decode(bytes: Uint8Array): T
}

/** Writers, one for each level: encoding a message encodes those that are packed in it. Each keeps its buffer for the next message. */
export class Writers {
  private readonly writers: BinaryWriter[] = []
  private level = 0

  constructor(private readonly make: () => BinaryWriter = () => new BinaryWriter()) {}

  encode<T>(codec: Codec<T>, message: T): Uint8Array {
    const writer = (this.writers[this.level] ??= this.make())
    this.level += 1
    let bytes: Uint8Array | undefined
    try {
      bytes = codec.encode(message, writer).finish()
      return bytes
    } finally {
      this.level -= 1
      // A writer that was left in the middle of a message is of no more use.
      if (!bytes) this.writers.length = this.level
    }
  }
}

const plainWriters = new Writers()
let inUse = plainWriters

/** The message's bytes, as the codec's own writer makes them. */
export function encodeMessage<T>(codec: Codec<T>, message: T): Uint8Array {
  return inUse.encode(codec, message)
}

/** The same with other writers, also for what is packed in the message. */
export function encodeWith<T>(writers: Writers, codec: Codec<T>, message: T): Uint8Array {
  const before = inUse
  inUse = writers
  try {
    return writers.encode(codec, message)
  } finally {
    inUse = before
  }
}

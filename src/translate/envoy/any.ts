import type { Any } from '../../gen/google/protobuf/any.js'
import { type Codec, encodeMessage } from './encode.js'

/**
 * A `google.protobuf.Any` whose message stays a typed object until somebody reads its bytes: policies edit `message`
 * in place, and the generated encoder, which only knows `typeUrl` and `value`, packs it when the resource is sealed.
 * Reading `value` freezes the content: edits after that are lost, so only sealing may read it.
 */
export class Packed<T> implements Any {
  readonly #codec: Codec<T>
  #bytes: Uint8Array | undefined

  constructor(
    codec: Codec<T>,
    readonly message: T,
  ) {
    this.#codec = codec
  }

  get typeUrl(): string {
    return `type.googleapis.com/${this.#codec.$type}`
  }

  get value(): Uint8Array {
    this.#bytes ??= encodeMessage(this.#codec, this.message)
    return this.#bytes
  }

  /** Whether the message is of the given codec's type. */
  is<U>(codec: Codec<U>): this is Packed<U> {
    return (this.#codec as Codec<unknown>) === codec
  }
}

export function pack<T>(codec: Codec<T>, message: T): Packed<T> {
  return new Packed(codec, message)
}

/** The typed message inside an `Any` that {@link pack} made, where it is of the codec's type. */
export function packedMessage<T>(codec: Codec<T>, any: Any | undefined): T | undefined {
  return any instanceof Packed && any.is(codec) ? (any.message as T) : undefined
}

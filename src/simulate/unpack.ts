import { packedMessage } from '../translate/envoy/any.js'
import type { Codec } from '../translate/envoy/encode.js'
import type { Any } from '../gen/google/protobuf/any.js'

/** The message in an `Any`, where it is of the codec's type: as it was built, or decoded where a user wrote it. */
export function unpack<T>(codec: Codec<T>, any: Any | undefined): T | undefined {
  const built = packedMessage(codec, any)
  if (built !== undefined || !any) return built
  return any.typeUrl === `type.googleapis.com/${codec.$type}` ? codec.decode(any.value ?? new Uint8Array()) : undefined
}

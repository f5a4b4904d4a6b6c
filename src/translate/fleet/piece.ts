import type { Codec } from '../envoy/encode.js'
import type { Digest } from '../seal.js'
import type { ResourceTypeName, SealedResource } from '../snapshot.js'
import { type Hole, placesOf } from './hole.js'

/** A resource in which a proxy's own address is left open. What takes a token's place is as long as the token. */
export interface Piece {
  readonly type: ResourceTypeName
  /** With tokens. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly codec: Codec<unknown>
  /** Where a token stands in the bytes, and which one. */
  readonly places: readonly { readonly at: number; readonly hole: number }[]
  readonly openName: boolean
}

/** The piece that a message makes; `undefined` where it holds no token, so that all proxies may share it. */
export function pieceOf(
  type: ResourceTypeName,
  codec: Codec<unknown>,
  name: string,
  bytes: Uint8Array,
  holes: readonly Hole[],
): Piece | undefined {
  const places = holes.flatMap((one, hole) => placesOf(one, bytes).map((at) => ({ at, hole })))
  if (places.length === 0) return undefined
  return { type, name, bytes, codec, places, openName: holes.some(({ token }) => name.includes(token)) }
}

export function samePiece(a: Piece, b: Piece): boolean {
  if (a.name !== b.name || a.bytes.length !== b.bytes.length) return false
  for (let i = 0; i < a.bytes.length; i++) if (a.bytes[i] !== b.bytes[i]) return false
  return true
}

/** The piece that a resource was made from. */
export function originOf(resource: SealedResource): Piece | undefined {
  return resource instanceof FilledResource ? resource.origin : undefined
}

export function filledName({ name, openName }: Piece, holes: readonly Hole[]): string {
  return openName ? holes.reduce((text, { token, value }) => text.replaceAll(token, value), name) : name
}

/** The resource of one proxy. */
export function fillPiece(piece: Piece, holes: readonly Hole[], digest: Digest): SealedResource {
  const bytes = piece.bytes.slice()
  for (const { at, hole } of piece.places) {
    const { valueBytes } = holes[hole]!
    for (let i = 0; i < valueBytes.length; i++) bytes[at + i] = valueBytes[i]!
  }
  return new FilledResource(filledName(piece, holes), digest(bytes), bytes, piece)
}

/** Its message is read from its bytes by the few who ask for it. */
class FilledResource implements SealedResource {
  readonly #origin: Piece
  #message: unknown

  constructor(
    readonly name: string,
    readonly version: string,
    readonly bytes: Uint8Array,
    origin: Piece,
  ) {
    this.#origin = origin
    Object.freeze(this)
  }

  get type(): ResourceTypeName {
    return this.#origin.type
  }

  get message(): unknown {
    return (this.#message ??= this.#origin.codec.decode(this.bytes))
  }

  get origin(): Piece {
    return this.#origin
  }
}

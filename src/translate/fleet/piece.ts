import type { Codec } from '../envoy/encode.js'
import type { Digest } from '../seal.js'
import type { ResourceTypeName, SealedResource } from '../snapshot.js'
import type { Hole } from './hole.js'
import { type Mould, type OpenBytes, castBytes, mouldFor, patternOf } from './open-bytes.js'

/** A resource in which something of a proxy's own is left open. */
export interface Piece {
  readonly type: ResourceTypeName
  /** With tokens. */
  readonly name: string
  readonly content: OpenBytes
  readonly codec: Codec<unknown>
  readonly openName: boolean
  /** Moulds that were made, by the sizes that they have room for. */
  readonly moulds: Map<string, Mould>
}

export function pieceOf(type: ResourceTypeName, codec: Codec<unknown>, name: string, content: OpenBytes, holes: readonly Hole[]): Piece {
  return { type, name, content, codec, openName: holes.some(({ token }) => name.includes(token)), moulds: new Map() }
}

export function samePiece(a: Piece, b: Piece): boolean {
  const [left, right] = [a.content.bytes, b.content.bytes]
  if (a.name !== b.name || left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}

/** The piece that a resource was made from. */
export function originOf(resource: SealedResource): Piece | undefined {
  return resource instanceof FilledResource ? resource.origin : undefined
}

export function filledName({ name, openName }: Piece, holes: readonly Hole[]): string {
  return openName ? holes.reduce((text, { token, value }) => text.replaceAll(token, value), name) : name
}

/**
 * Resources of one proxy. They change together more often than not, so their bytes stand in one buffer: allocating many small ones
 * takes longer than filling them.
 */
export function fillPieces(pieces: readonly Piece[], holes: readonly Hole[], digest: Digest): SealedResource[] {
  const pattern = patternOf(holes)
  const moulds = pieces.map((piece) => mouldOf(piece, pattern, holes))
  const buffer = new ArrayBuffer(moulds.reduce((sum, mould) => sum + mould.bytes.length, 0))
  let at = 0
  return pieces.map((piece, i) => {
    const mould = moulds[i]!
    const bytes = new Uint8Array(buffer, at, mould.bytes.length)
    at += bytes.length
    castBytes(mould, holes, bytes)
    return new FilledResource(filledName(piece, holes), digest(bytes), bytes, piece)
  })
}

function mouldOf({ content, moulds }: Piece, pattern: string, holes: readonly Hole[]): Mould {
  let mould = moulds.get(pattern)
  if (!mould) {
    mould = mouldFor(content, holes)
    moulds.set(pattern, mould)
  }
  return mould
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

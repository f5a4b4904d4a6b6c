import type { Codec } from '../envoy/any.js'
import type { Digest } from '../seal.js'
import type { ResourceTypeName, SealedResource } from '../snapshot.js'
import type { Hole } from './stand-in.js'

/** A resource in which a proxy's own address is left open. What takes a token's place is as long as the token. */
export interface Piece {
  readonly type: ResourceTypeName
  /** With tokens. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly codec: Codec<unknown>
  /** Where a token stands in the bytes, and which one. */
  readonly places: readonly { readonly at: number; readonly hole: number }[]
}

/** The piece that a message makes; `undefined` where it holds no token, so that all proxies may share it. */
export function pieceOf(
  type: ResourceTypeName,
  codec: Codec<unknown>,
  name: string,
  bytes: Uint8Array,
  holes: readonly Hole[],
): Piece | undefined {
  const places = holes.flatMap(({ token }, hole) => occurrences(bytes, encode(token)).map((at) => ({ at, hole })))
  return places.length === 0 ? undefined : { type, name, bytes, codec, places }
}

export function samePiece(a: Piece, b: Piece): boolean {
  return a.name === b.name && a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i])
}

const madeFrom = new WeakMap<SealedResource, Piece>()

/** The piece that a resource was made from. */
export function originOf(resource: SealedResource): Piece | undefined {
  return madeFrom.get(resource)
}

export function filledName({ name }: Piece, holes: readonly Hole[]): string {
  return holes.reduce((text, { token, value }) => text.replaceAll(token, value), name)
}

/** The resource of one proxy. */
export function fillPiece(piece: Piece, holes: readonly Hole[], digest: Digest): SealedResource {
  const bytes = piece.bytes.slice()
  for (const { at, hole } of piece.places) bytes.set(encode(holes[hole]?.value ?? ''), at)
  const { type, codec } = piece
  let message: unknown
  const resource: SealedResource = Object.freeze({
    name: filledName(piece, holes),
    type,
    version: digest(bytes),
    bytes,
    get message() {
      return (message ??= codec.decode(bytes))
    },
  })
  madeFrom.set(resource, piece)
  return resource
}

/** Tokens and addresses are ASCII. */
function encode(text: string): Uint8Array {
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0))
}

function occurrences(bytes: Uint8Array, wanted: Uint8Array): number[] {
  const found: number[] = []
  const [first = 0] = wanted
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) found.push(at)
  }
  return found
}

import type { SealedResource } from '../translate/snapshot.js'
import { contentVersion } from './content-version.js'
import { field, readyHead, typeUrls } from './snapshot-cache.js'
import type { Response } from './stream-state.js'

/** A message in parts, most of which other messages have too: what is sent to many is in memory only once. */
export interface OutgoingMessage {
  readonly byteLength: number
  /** With the frame that gRPC puts before a message. */
  readonly parts: readonly Uint8Array[]
}

/** Writes responses in the name of one control plane: `ControlPlane.identifier`. */
export type Responder = (response: Response) => OutgoingMessage

/**
 * Writes `DiscoveryResponse` messages: version_info = 1, resources = 2, type_url = 4, nonce = 5, control_plane = 6.
 * @param identifier of the control plane
 */
export function sotwResponder(identifier: string): Responder {
  const controlPlane = field(6, field(1, identifier))
  return ({ type, nonce, resources }) =>
    assemble(resources, 'sotw', [field(1, contentVersion(resources)), field(4, typeUrls[type]), field(5, nonce), controlPlane])
}

/**
 * Writes `DeltaDiscoveryResponse` messages: system_version_info = 1, resources = 2, type_url = 4, nonce = 5,
 * removed_resources = 6, control_plane = 7.
 * @param identifier of the control plane
 */
export function deltaResponder(identifier: string): Responder {
  const controlPlane = field(7, field(1, identifier))
  return ({ type, nonce, resources, removed }) => {
    const gone = removed.map((name) => field(6, name))
    return assemble(resources, 'delta', [
      field(1, contentVersion(resources)),
      field(4, typeUrls[type]),
      field(5, nonce),
      ...gone,
      controlPlane,
    ])
  }
}

function assemble(resources: readonly SealedResource[], protocol: keyof typeof readyHead, rest: readonly Buffer[]): OutgoingMessage {
  let byteLength = rest.reduce((sum, part) => sum + part.length, 0)
  const parts: Uint8Array[] = []
  for (const resource of resources) {
    const head = readyHead[protocol](resource)
    parts.push(head, resource.bytes)
    byteLength += head.length + resource.bytes.length
  }
  return { byteLength, parts: [Buffer.concat([frameOf(byteLength), ...rest]), ...parts] }
}

/** What precedes a message that is not compressed. Source: gRPC over HTTP/2. */
function frameOf(length: number): Buffer {
  const frame = Buffer.alloc(frameLength)
  frame.writeUInt32BE(length, 1)
  return frame
}

const frameLength = 5

/** The whole message as bytes, without its frame. */
export function bytesOf({ parts }: OutgoingMessage): Buffer {
  return Buffer.concat(parts).subarray(frameLength)
}

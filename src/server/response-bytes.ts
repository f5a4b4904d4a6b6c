import type { SealedResource } from '../translate/snapshot.js'
import { contentVersion } from './content-version.js'
import { type ReadyResource, field, readyResource, typeUrls } from './snapshot-cache.js'
import type { Response } from './stream-state.js'

/** A message that is written where it is needed, so that it is in memory only once. Named as {@link Buffer} names it. */
export interface OutgoingMessage {
  readonly byteLength: number
  copy(target: Uint8Array, targetStart: number): void
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

function assemble(resources: readonly SealedResource[], protocol: keyof ReadyResource, rest: readonly Buffer[]): OutgoingMessage {
  let byteLength = rest.reduce((sum, part) => sum + part.length, 0)
  for (const resource of resources) byteLength += readyResource(resource)[protocol].length + resource.bytes.length
  return {
    byteLength,
    copy(target, targetStart) {
      let at = targetStart
      const put = (part: Uint8Array) => {
        target.set(part, at)
        at += part.length
      }
      for (const part of rest) put(part)
      for (const resource of resources) {
        put(readyResource(resource)[protocol])
        put(resource.bytes)
      }
    },
  }
}

/** The whole message as bytes. */
export function bytesOf(message: OutgoingMessage): Buffer {
  const bytes = Buffer.allocUnsafe(message.byteLength)
  message.copy(bytes, 0)
  return bytes
}

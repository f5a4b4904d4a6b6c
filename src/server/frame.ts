import type { ServerHttp2Stream } from 'node:http2'
import { type OutgoingMessage, bytesOf } from './response-bytes.js'

/** What sending takes of a call of the gRPC library. */
export interface ResponseCall {
  readonly writable: boolean
  write(message: Buffer, done: (error: unknown) => void): boolean
}

/** Sends the messages of one call. */
export interface MessageWriter {
  /** @param onSent called when the message has left this process */
  send(message: OutgoingMessage, onSent: () => void): void
  /** Hands everything on, so that the call can be ended after it. */
  flush(): void
}

/** Some of a message that is written at once. */
interface Portion {
  readonly parts: readonly Uint8Array[]
  /** Of a message's last. */
  readonly onSent: (() => void) | undefined
}

/**
 * Bytes that are handed on at once. A TLS connection keeps room for the longest that it was ever given, twice: from 16 KiB on as
 * much as that was, so that whole messages would cost each proxy's connection hundreds of KB for good. There is space left for
 * what HTTP/2 adds.
 */
export const portionBytes = 15 << 10

/**
 * Parts of messages go to the stream under the call as they are, so that bytes that many proxies get are in memory once, however
 * many they are under way to; the library itself would make one buffer of them for each.
 * @param sendHeaders sends the headers of the response where that has not been done: the library does so before its first message,
 * and doesn't know of these
 */
export function messageWriter(call: ResponseCall, sendHeaders: () => void): MessageWriter {
  const waiting: Portion[] = []
  let busy = false

  function write(stream: ServerHttp2Stream, { parts, onSent }: Portion, onDone: () => void): void {
    const done = (error: unknown) => {
      if (error) return void waiting.splice(0)
      onDone()
      onSent?.()
    }
    stream.cork()
    const last = parts.length - 1
    for (const [i, part] of parts.entries()) stream.write(part, i === last ? done : undefined)
    stream.uncork()
  }

  function proceed(stream: ServerHttp2Stream): void {
    if (busy || !stream.writable) return
    const portion = waiting.shift()
    if (!portion) return
    busy = true
    write(stream, portion, () => {
      busy = false
      proceed(stream)
    })
  }

  return {
    send(message, onSent) {
      if (!call.writable) return
      const stream = streamUnder(call)
      if (!stream) return void call.write(bytesOf(message), (error) => void (error ?? onSent()))
      sendHeaders()
      const portions = portionsOf(message.parts)
      for (const [i, parts] of portions.entries()) waiting.push({ parts, onSent: i === portions.length - 1 ? onSent : undefined })
      proceed(stream)
    },
    flush() {
      const stream = streamUnder(call)
      for (const portion of waiting.splice(0)) if (stream?.writable) write(stream, portion, () => {})
    },
  }
}

/** The same bytes, in lists that are no longer than a portion. */
export function portionsOf(parts: readonly Uint8Array[]): Uint8Array[][] {
  const portions: Uint8Array[][] = []
  let room = 0
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      if (room === 0) {
        portions.push([])
        room = portionBytes
      }
      const piece = part.subarray(from, from + room)
      portions.at(-1)?.push(piece)
      from += piece.length
      room -= piece.length
    }
  }
  return portions
}

/**
 * The stream that a call is on. The library hides it, so another version may have none: then messages are sent as the library
 * does it.
 */
export function streamUnder(call: object): ServerHttp2Stream | undefined {
  const { call: inner } = call as { readonly call?: { readonly stream?: Partial<ServerHttp2Stream> } }
  const stream = inner?.stream
  return typeof stream?.respond === 'function' && typeof stream.cork === 'function' ? (stream as ServerHttp2Stream) : undefined
}

import type { ServerHttp2Stream } from 'node:http2'
import { type OutgoingMessage, bytesOf } from './response-bytes.js'

/** What sending takes of a call of the gRPC library. */
export interface ResponseCall {
  readonly writable: boolean
  write(message: Buffer, done: (error: unknown) => void): boolean
}

/**
 * Sends one message of a call. Its parts go to the stream under the call as they are, so that bytes that many proxies get are in
 * memory once, however many they are under way to; the library itself would make one buffer of them for each.
 * @param sendHeaders sends the headers of the response where that has not been done: the library does so before its first message,
 * and doesn't know of this one
 * @param onSent called when the message has left this process
 */
export function sendMessage(call: ResponseCall, message: OutgoingMessage, sendHeaders: () => void, onSent: () => void): void {
  if (!call.writable) return
  const done = (error: unknown) => void (error ?? onSent())
  const stream = streamUnder(call)
  if (!stream) return void call.write(bytesOf(message), done)
  sendHeaders()
  if (!stream.writable) return
  stream.cork()
  const last = message.parts.length - 1
  for (const [i, part] of message.parts.entries()) stream.write(part, i === last ? done : undefined)
  stream.uncork()
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

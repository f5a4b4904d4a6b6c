import http2 from 'node:http2'
import net from 'node:net'
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import type { ProbeResult, ProbeTarget } from './target.js'

/** Source: grpc.health.v1, HealthCheckResponse. */
const serving = 1
const largestAnswer = 1 << 16

/** Asks the health service of gRPC, over HTTP/2 in plain text: the library for gRPC can't choose the address that it dials from. */
export function grpcProbe(port: number, service: string, { host, localAddress }: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const authority = `http://${net.isIPv6(host) ? `[${host}]` : host}:${port}`
    const session = http2.connect(authority, { createConnection: () => net.connect({ host, port, localAddress }) })
    const end = (settle: () => void) => {
      session.destroy()
      settle()
    }
    const onAbort = () => end(() => reject(new Error('timeout')))
    signal.addEventListener('abort', onAbort, { once: true })
    session.once('error', (error) => end(() => reject(error)))
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/kuma-dp',
    })
    const chunks: Buffer[] = []
    let status: string | undefined
    const take = (headers: http2.IncomingHttpHeaders) => {
      status = headers['grpc-status']?.toString() ?? status
    }
    stream.once('response', take).once('trailers', take)
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (Buffer.concat(chunks).length > largestAnswer) stream.close()
    })
    stream.once('error', (error) => end(() => reject(error)))
    stream.once('close', () => {
      signal.removeEventListener('abort', onAbort)
      const answer = status === '0' ? healthOf(Buffer.concat(chunks)) : undefined
      end(() =>
        resolve(
          answer === serving
            ? { healthy: true }
            : { healthy: false, why: `gRPC status ${status ?? 'missing'}, health ${answer ?? 'missing'}` },
        ),
      )
    })
    stream.end(
      framed(
        new BinaryWriter()
          .uint32((1 << 3) | 2)
          .string(service)
          .finish(),
      ),
    )
  })
}

/** A message with its length before it, not compressed. */
function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function healthOf(frame: Buffer): number | undefined {
  if (frame.length < 5 || frame[0] !== 0) return undefined
  const reader = new BinaryReader(frame.subarray(5))
  let health = 0
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1) health = reader.int32()
    else reader.skip(wireType)
  }
  return health
}

import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import grpc from '@grpc/grpc-js'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type CertificatePair, serverCertificate } from './certificates.js'
import { createDemux } from './demux.js'
import { startDpServer } from './dp-server.js'
import type { SharedPort } from './shared-port.js'

/** Sends back what it gets, message by message. */
const echo: grpc.ServiceDefinition = {
  echo: {
    path: '/test.Echo/Echo',
    requestStream: true,
    responseStream: true,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (value: Buffer) => value,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
}

let certificate: CertificatePair
beforeAll(async () => {
  certificate = await serverCertificate({ hosts: ['localhost', '127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })
})

let server: SharedPort | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(secure: boolean): Promise<SharedPort> {
  const calls = new grpc.Server()
  calls.addService(echo, {
    echo: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => call.on('data', (d) => call.write(d)).on('end', () => call.end()),
  })
  server = await startDpServer({
    port: 0,
    certificate: secure ? certificate : undefined,
    grpc: calls.createConnectionInjector(grpc.ServerCredentials.createInsecure()),
    http: (request, response) => {
      response.setHeader('x-version', request.httpVersion)
      request.pipe(response)
    },
  })
  return server
}

function call({ port }: SharedPort, secure: boolean) {
  const credentials = secure ? grpc.credentials.createSsl(Buffer.from(certificate.certificate)) : grpc.credentials.createInsecure()
  const client = new grpc.Client(`127.0.0.1:${port}`, credentials)
  const identity = (bytes: Buffer) => bytes
  const stream = client.makeBidiStreamRequest('/test.Echo/Echo', identity, identity)
  // Calls that the server ends, when it is closed, are no matter here.
  return { client, stream: stream.on('error', () => {}) }
}

async function post(port: number, secure: boolean, body: string): Promise<{ body: string; version: unknown }> {
  const options = { port, host: '127.0.0.1', method: 'POST', ca: certificate.certificate }
  const request = secure ? https.request(options) : http.request(options)
  request.end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const chunks = await response.toArray()
  return { body: Buffer.concat(chunks).toString(), version: response.headers['x-version'] }
}

describe.each([
  ['TLS', true],
  ['plain text', false],
])('one port over %s', (_, secure) => {
  test('serves gRPC streams', async () => {
    const { client, stream } = call(await start(secure), secure)
    for (const text of ['one', 'two', 'x'.repeat(200_000)]) {
      stream.write(Buffer.from(text))
      expect(String((await once(stream, 'data'))[0])).toBe(text)
    }
    stream.end()
    client.close()
  })

  test('serves HTTP requests, long ones too', async () => {
    const { port } = await start(secure)
    const body = 'P'.repeat(300_000)
    expect(await post(port, secure, body)).toEqual({ body, version: '1.1' })
  })

  test('serves many of both at once', async () => {
    const running = await start(secure)
    const streams = Array.from({ length: 20 }, () => call(running, secure))
    const answers = streams.map(async ({ stream }, i) => {
      stream.write(Buffer.from(`${i}`))
      return String((await once(stream, 'data'))[0])
    })
    const posts = Array.from({ length: 20 }, async (__, i) => (await post(running.port, secure, `${i}`)).body)
    const expected = Array.from({ length: 20 }, (__, i) => `${i}`)
    expect(await Promise.all(answers)).toEqual(expected)
    expect(await Promise.all(posts)).toEqual(expected)
    for (const { client } of streams) client.close()
  })

  test('ends open calls when it closes', async () => {
    const { client, stream } = call(await start(secure), secure)
    stream.write(Buffer.from('x'))
    await once(stream, 'data')
    const ended = once(stream, 'error')
    await server?.close()
    expect((await ended)[0]).toMatchObject({ code: expect.any(Number) })
    client.close()
  })
})

test('who offers both HTTPs gets HTTP/1.1, so that curl and browsers reach the bootstrap', async () => {
  const { port } = await start(true)
  const socket = tls.connect({ port, host: '127.0.0.1', ca: certificate.certificate, ALPNProtocols: ['h2', 'http/1.1'] })
  await once(socket, 'secureConnect')
  expect(socket.alpnProtocol).toBe('http/1.1')
  socket.destroy()
})

test('plain text is not taken where there is TLS', async () => {
  const { port } = await start(true)
  await expect(post(port, false, 'x')).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('an HTTP/2 request that is no gRPC is told so', async () => {
  const { port } = await start(true)
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca: certificate.certificate })
  const [headers] = await once(session.request({ ':path': '/bootstrap', ':method': 'POST' }).end(), 'response')
  expect(headers[':status']).toBe(415)
  session.close()
})

test('a failed handshake harms nobody else', async () => {
  const { port } = await start(true)
  const socket = net.connect(port, '127.0.0.1')
  socket.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0xff, 0xff, 0xff, 0xff, 0xff]))
  socket.on('error', () => {}).resume()
  await once(socket, 'close')
  expect(await post(port, true, 'x')).toMatchObject({ body: 'x' })
})

describe('telling protocols apart', () => {
  async function spokenBy(...pieces: (string | Buffer)[]): Promise<string> {
    const takers = Object.fromEntries(
      (['tls', 'http1', 'http2'] as const).map((spoken) => [
        spoken,
        (socket: net.Socket) => {
          let seen = ''
          socket.on('data', (data) => {
            seen += data.toString('latin1')
            if (seen.length >= Buffer.concat(pieces.map((piece) => Buffer.from(piece))).length) socket.end(`${spoken} ${seen}`)
          })
        },
      ]),
    )
    const demux = createDemux({ takers, patienceMs: 200 })
    await once(demux.listen(0, '127.0.0.1'), 'listening')
    const client = net.connect((demux.address() as net.AddressInfo).port, '127.0.0.1')
    client.setNoDelay(true)
    let answer = ''
    client.on('data', (data) => {
      answer += data.toString('latin1')
    })
    client.on('error', () => {})
    for (const piece of pieces) {
      client.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (!client.closed) await once(client, 'close')
    demux.close()
    return answer
  }

  test('loses no byte, however they arrive', async () => {
    expect(await spokenBy('POST / HTTP/1.1')).toBe('http1 POST / HTTP/1.1')
    expect(await spokenBy('P', 'RI * HTT', 'P/2.0\r\n')).toBe('http2 PRI * HTTP/2.0\r\n')
    expect(await spokenBy('P', 'R', 'INT')).toBe('http1 PRINT')
    expect(await spokenBy(Buffer.from([0x16]), Buffer.from([0x03]))).toBe('tls \x16\x03')
  })

  test('waits only so long', async () => {
    expect(await spokenBy('PRI')).toBe('')
    expect(await spokenBy()).toBe('')
  })
})

import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { probeHeaders } from '../../../kubernetes/injector/probes.js'
import { serverCertificate } from '../../../server/certificates.js'
import { createLogger } from '../../log.js'
import { startProbeProxy } from './server.js'
import { probeTarget } from './target.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listening(server: net.Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Answers what the kubelet asks, from the address that redirection lets pass. */
async function ask(path: string, headers: Record<string, string> = {}) {
  const proxy = await startProbeProxy({
    port: 0,
    host: '127.0.0.1',
    target: probeTarget('127.0.0.1', true),
    log: createLogger('test', 'off'),
  })
  closers.push(() => proxy.close())
  const answer = await fetch(`http://127.0.0.1:${proxy.port}${path}`, { headers })
  return [answer.status, (await answer.text()).trim()]
}

test('HTTP probes have their path, their headers and their host, and come from the address that is not redirected', async () => {
  const seen: object[] = []
  const app = http.createServer(({ url, headers, socket }, response) => {
    seen.push({ url, host: headers.host, own: headers['x-own'], kuma: headers['x-kuma-probes-host'], from: socket.remoteAddress })
    response.writeHead(url?.startsWith('/fails') ? 418 : 204).end()
  })
  const port = await listening(app)
  expect(await ask(`/${port}/ready?a=1`, { 'x-own': 'kept', [probeHeaders.host]: 'example.com' })).toEqual([200, 'HEALTHY'])
  expect(await ask(`/${port}`)).toEqual([200, 'HEALTHY'])
  expect(await ask(`/${port}/fails`)).toEqual([418, 'UNHEALTHY'])
  expect(seen.slice(0, 2)).toEqual([
    { url: '/ready?a=1', host: 'example.com', own: 'kept', kuma: undefined, from: '127.0.0.6' },
    { url: '/', host: `127.0.0.1:${port}`, own: undefined, kuma: undefined, from: '127.0.0.6' },
  ])
})

test('HTTPS probes take any certificate', async () => {
  const { certificate, privateKey } = await serverCertificate({ hosts: ['elsewhere'], now: new Date(), lifetimeMs: 60_000 })
  const port = await listening(https.createServer({ cert: certificate, key: privateKey }, (_request, response) => void response.end()))
  expect(await ask(`/${port}/`, { [probeHeaders.scheme]: 'HTTPS' })).toEqual([200, 'HEALTHY'])
  expect(await ask(`/${port}/`)).toEqual([503, 'UNHEALTHY'])
})

test('TCP probes need somebody who listens', async () => {
  const server = net.createServer((socket) => socket.end())
  const port = await listening(server)
  expect(await ask(`/tcp/${port}`)).toEqual([200, 'HEALTHY'])
  await new Promise((resolve) => server.close(resolve))
  expect(await ask(`/tcp/${port}`)).toEqual([503, 'UNHEALTHY'])
})

test('gRPC probes ask the health service', async () => {
  const server = new Server()
  const health = {
    Check: {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => ({ service: bytes.subarray(2).toString() }),
      responseSerialize: (serving: number) => Buffer.from([8, serving]),
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  } satisfies ServiceDefinition
  server.addService(health, {
    Check: (call: { request: { service: string } }, done: (error: object | null, serving?: number) => void) =>
      call.request.service === 'lost' ? done({ code: status.NOT_FOUND }) : done(null, call.request.service === 'ill' ? 2 : 1),
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  closers.push(() => server.forceShutdown())
  expect(await ask(`/grpc/${port}`)).toEqual([200, 'HEALTHY'])
  for (const service of ['ill', 'lost'])
    expect(await ask(`/grpc/${port}`, { [probeHeaders.grpcService]: service })).toEqual([503, 'UNHEALTHY'])
  const mute = await listening(net.createServer())
  expect(await ask(`/grpc/${mute}`)).toEqual([503, 'UNHEALTHY'])
})

test('an application that says nothing is not well after its timeout; paths that name no port are unknown', async () => {
  const port = await listening(http.createServer(() => {}))
  closers.push(() => {})
  expect(await ask(`/${port}/`)).toEqual([503, 'UNHEALTHY'])
  for (const path of ['/', '/ready', '/tcp/x', '/99999/', '/grpc/']) expect(await ask(path)).toEqual([503, 'UNKNOWN'])
})

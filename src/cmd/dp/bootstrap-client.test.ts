import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { serverCertificate } from '../../server/certificates.js'
import { type BootstrapClientOptions, fetchBootstrap } from './bootstrap-client.js'

let server: http.Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const request = { mesh: 'default', name: 'web-1' }
const enveloped = (yaml: string) =>
  JSON.stringify({ bootstrap: Buffer.from(yaml).toString('base64'), kumaSidecarConfiguration: { networking: { address: '10.0.0.1' } } })

/** A control plane that gives these answers one after the other, the last for ever. */
async function serve(
  answers: readonly (readonly [number, string])[],
  tls?: { cert: string; key: string },
): Promise<{ url: URL; asked: string[] }> {
  const asked: string[] = []
  const listener: http.RequestListener = async (incoming, response) => {
    const [status, body] = answers[Math.min(asked.length, answers.length - 1)] ?? [500, '']
    asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.accept} ${Buffer.concat(await incoming.toArray())}`)
    response.writeHead(status).end(body)
  }
  server = tls ? https.createServer(tls, listener) : http.createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${port}/bootstrap`), asked }
}

function fetchFrom(url: URL, more: Partial<BootstrapClientOptions> = {}) {
  const retries: string[] = []
  const options = { url, skipVerify: false, retryBackoffMs: 1, retryMaxMs: 60_000, signal: new AbortController().signal, ...more }
  return { retries, answer: fetchBootstrap(request, { onRetry: (reason) => retries.push(reason), ...options }) }
}

test('asks with JSON and opens the envelope', async () => {
  const { url, asked } = await serve([[200, enveloped('node: { id: x }')]])
  expect(await fetchFrom(url).answer).toEqual({ bootstrap: 'node: { id: x }', address: '10.0.0.1', metrics: [] })
  expect(asked).toEqual(['POST /bootstrap application/json {"mesh":"default","name":"web-1"}'])
})

test('takes bare YAML too', async () => {
  const { url } = await serve([[200, 'node: { id: x }']])
  expect(await fetchFrom(url).answer).toEqual({ bootstrap: 'node: { id: x }', metrics: [] })
})

test('asks again while the proxy is not there or the control plane is unwell', async () => {
  const { url } = await serve([
    [404, ''],
    [500, 'x'],
    [404, 'page'],
    [200, 'ok: {}'],
  ])
  const { answer, retries } = fetchFrom(url)
  expect((await answer).bootstrap).toBe('ok: {}')
  expect(retries).toEqual([
    expect.stringContaining('no such Dataplane (yet)'),
    'the control plane answered with status 500',
    expect.stringContaining('expected the dp server of a control plane'),
  ])
})

test('asks again while nobody listens', async () => {
  const { url } = await serve([[200, '']])
  server?.close()
  const { answer, retries } = fetchFrom(url, { retryMaxMs: 1000 })
  await expect(answer).rejects.toThrow(/no bootstrap configuration from http:.*ECONNREFUSED/)
  expect(retries.length).toBeGreaterThan(0)
})

test('takes a refusal as it is', async () => {
  const { url, asked } = await serve([[422, 'Dataplane Token is required']])
  await expect(fetchFrom(url).answer).rejects.toThrow('the control plane refused the bootstrap: Dataplane Token is required')
  expect(asked).toHaveLength(1)
})

test('gives up when told to', async () => {
  const { url } = await serve([[404, '']])
  const controller = new AbortController()
  const { answer } = fetchFrom(url, {
    signal: controller.signal,
    retryBackoffMs: 60_000,
    retryMaxMs: 600_000,
    onRetry: () => controller.abort(),
  })
  await expect(answer).rejects.toThrow(/abort/i)
})

test('knows the control plane by its CA, or says how', async () => {
  const { certificate, privateKey } = await serverCertificate({ hosts: ['127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })
  const { url, asked } = await serve([[200, 'ok: {}']], { cert: certificate, key: privateKey })
  await expect(fetchFrom(url).answer).rejects.toThrow(/is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*--ca-cert-file/)
  expect(asked).toEqual([])
  expect((await fetchFrom(url, { ca: certificate }).answer).bootstrap).toBe('ok: {}')
  expect((await fetchFrom(url, { skipVerify: true }).answer).bootstrap).toBe('ok: {}')
})

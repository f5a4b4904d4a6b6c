import { type IncomingMessage, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ApiOptions } from '../../src/server/api/index.js'
import { serverCertificate } from '../../src/server/certificates.js'
import { ControlPlane } from './control-plane.js'

const running: ControlPlane[] = []
afterEach(async () => {
  for (const cp of running.splice(0)) await cp.app.close()
})

async function listen(options: Partial<ApiOptions> = {}) {
  const cp = new ControlPlane(undefined, options)
  running.push(cp)
  await cp.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = cp.app.server.address() as AddressInfo
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') => answer(port, path, headers, method)
  return { cp, port, ask }
}

function answer(
  port: number,
  path: string,
  headers: Record<string, string>,
  method: string,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('who comes from this machine', () => {
  const isAdmin = async (headers: Record<string, string>) => {
    const { ask, port } = await listen()
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]))
    const { status, body } = await ask('/who-am-i', filled)
    return status === 200 ? JSON.parse(body).name === 'mesh-system:admin' : status
  }

  it.each([
    [{}],
    [{ host: 'localhost:PORT' }],
    [{ host: 'LOCALHOST:PORT', origin: 'http://localhost:PORT' }],
    [{ host: '127.0.0.1:PORT', origin: 'http://127.0.0.1:PORT' }],
    [{ host: '127.8.9.1:PORT' }],
    [{ host: 'localhost.' }],
    [{ host: 'localhost', origin: 'http://localhost:80' }],
    [{ host: 'localhost:443', origin: 'https://localhost' }],
    [{ host: '[::1]:PORT' }],
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'none' }],
  ])('is the administrator: %j', async (headers) => expect(await isAdmin(headers)).toBe(true))

  it.each([
    [{ 'x-forwarded-for': '203.0.113.1' }],
    [{ forwarded: 'for=203.0.113.1' }],
    [{ 'x-real-ip': '203.0.113.1' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('is anybody: %j', async (headers) => expect(await isAdmin(headers)).toBe(false))

  it.each([
    [{ host: 'evil.example.com' }],
    [{ host: 'localhost.evil.example.com:PORT' }],
    [{ host: '10.0.0.1:PORT' }],
    [{ host: 'localhost:' }],
    [{ host: 'localhost:bad' }],
    [{ host: 'user@localhost:PORT' }],
    [{ origin: 'https://evil.example.com' }],
    [{ origin: 'http://127.0.0.1:1' }],
    [{ origin: 'null' }],
    [{ origin: 'localhost' }],
    [{ origin: 'http://localhost:PORT/path' }],
    [{ origin: 'http://user@localhost:PORT' }],
  ])('is a page that is kept out: %j', async (headers) => expect(await isAdmin({ host: 'localhost:PORT', ...headers })).toBe(403))
})

it('names of its own are allowed when given, and others are not', async () => {
  const { ask } = await listen({ allowedHosts: ['kuma.example.com'] })
  expect((await ask('/', { host: 'KUMA.example.com' })).status).toBe(200)
  expect((await ask('/', { host: 'kuma.example.org' })).status).toBe(403)
  expect(JSON.parse((await ask('/', { host: 'kuma.example.org' })).body)).toMatchObject({ type: '/std-errors', title: 'Access Denied' })
})

describe('pages from elsewhere', () => {
  const origin = 'https://gui.example.com'

  it('hear nothing of CORS unless they are allowed', async () => {
    const { ask } = await listen()
    const preflight = await ask('/meshes', { origin, 'access-control-request-method': 'PUT' }, 'OPTIONS')
    expect(preflight.status).toBe(403)
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it.each([[[origin]], [[/\.example\.com$/]]])('may use the API when they are: %j', async (allowedOrigins) => {
    const { ask } = await listen({ allowedOrigins })
    const got = await ask('/meshes', { origin })
    expect(got.status).toBe(200)
    expect(got.headers['access-control-allow-origin']).toBe(origin)
    const preflight = await ask('/meshes/x', { origin, 'access-control-request-method': 'PUT' }, 'OPTIONS')
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-methods']).toContain('PUT')
    expect((await ask('/meshes', { origin: 'https://evil.example.org' })).status).toBe(403)
  })
})

it('HEAD is answered like GET, without a body', async () => {
  const { ask } = await listen()
  expect(await ask('/meshes', {}, 'HEAD')).toMatchObject({ status: 200, body: '' })
})

it('serves HTTPS when given a certificate', async () => {
  const { certificate, privateKey } = await serverCertificate({
    hosts: ['localhost', '127.0.0.1'],
    now: new Date(),
    lifetimeMs: 3_600_000,
  } as never)
  const { port, cp } = await listen({ tls: { cert: certificate, key: privateKey } })
  await cp.apply({ type: 'Mesh', name: 'a', skipCreatingInitialPolicies: ['*'] })
  await cp.apply({ type: 'Mesh', name: 'b', skipCreatingInitialPolicies: ['*'] })
  const body = await new Promise<string>((resolve, reject) => {
    const sent = secureRequest({ host: 'localhost', port, path: '/meshes?size=1', ca: certificate }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text)
    })
    sent.on('error', reject)
    sent.end()
  })
  expect(JSON.parse(body).next).toBe(`https://localhost:${port}/meshes?offset=1&size=1`)
})

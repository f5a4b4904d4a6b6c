import { type IncomingMessage, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ApiOptions, type SecurityEvent, clientCertificateAuthenticator, createAccess } from '../../src/server/api/index.js'
import { type CertificatePair, meshAuthority, serverCertificate } from '../../src/server/certificates.js'
import { workloadCertificate } from '../../src/server/workload-certificate.js'
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
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('who comes from this machine', () => {
  const whoAmI = async (headers: Record<string, string>) => {
    const { ask, port } = await listen({ access: createAccess() })
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]))
    const { status, body } = await ask('/who-am-i', filled)
    return status === 200 ? JSON.parse(body).name : status
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
    [{ 'x-forwarded-for': '127.0.0.1' }],
  ])('is served, and is anybody: %j', async (headers) => expect(await whoAmI(headers)).toBe('mesh-system:anonymous'))

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
  ])('is a page that is kept out: %j', async (headers) => expect(await whoAmI({ host: 'localhost:PORT', ...headers })).toBe(403))
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

describe('clients that are known by their certificate', () => {
  const certificate = () => serverCertificate({ hosts: ['localhost', '127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })

  const whoAmI = async (port: number, ca: string, pair?: CertificatePair) =>
    new Promise<string>((resolve, reject) => {
      const shown = pair && { cert: pair.certificate, key: pair.privateKey }
      const sent = secureRequest({ host: 'localhost', port, path: '/who-am-i', ca, ...shown, agent: false }, async (response) => {
        let body = ''
        for await (const chunk of response) body += chunk
        resolve(JSON.parse(body).name)
      })
      sent.on('error', reject)
      sent.end()
    })

  it('are the administrator when it is one of the API’s own, else anybody', async () => {
    const now = new Date()
    const authority = () => meshAuthority({ mesh: 'x', now, lifetimeMs: 3_600_000 })
    const clientOf = (issuer: CertificatePair) => workloadCertificate({ ca: issuer, uris: ['spiffe://x/jo'], now, lifetimeMs: 3_600_000 })
    const [own, ca] = await Promise.all([certificate(), authority()])
    const [client, other] = await Promise.all([clientOf(ca), clientOf(await authority())])
    const tls = { cert: own.certificate, key: own.privateKey, ca: ca.certificate, requestCert: true }
    const { port } = await listen({ tls, access: createAccess({ authenticators: [clientCertificateAuthenticator] }) })
    expect(await whoAmI(port, own.certificate, client)).toBe('mesh-system:admin')
    expect(await whoAmI(port, own.certificate, other)).toBe('mesh-system:anonymous')
    expect(await whoAmI(port, own.certificate)).toBe('mesh-system:anonymous')
  })
})

describe('limits', () => {
  it('turn away who asks too much, and say so in one form', async () => {
    const events: SecurityEvent[] = []
    const { ask } = await listen({ limits: { requestsPerSecond: 1 }, onSecurityEvent: (event) => void events.push(event) })
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) statuses.push((await ask('/meshes?name=secret')).status)
    expect([...new Set(statuses)]).toEqual([200, 429])
    const refused = await ask('/meshes')
    expect(JSON.parse(refused.body)).toMatchObject({ status: 429, title: 'Too Many Requests' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(events[0]).toMatchObject({ status: 429, method: 'GET', path: '/meshes', remoteAddress: '127.0.0.1' })
  })

  it('turn away heads that are too long', async () => {
    const { ask } = await listen({ limits: { headerBytes: 2000 } })
    // The connection is closed while there is more to read, so that the answer may get lost.
    const refused = await ask('/', { 'x-long': 'a'.repeat(4000) }).then(
      ({ status }) => status,
      ({ code }) => code,
    )
    expect([431, 'ECONNRESET', 'EPIPE']).toContain(refused)
    expect((await ask('/')).status).toBe(200)
  })
})

import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { networkInterfaces } from 'node:os'
import { parse } from 'yaml'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRegistry } from '../../core/kind.js'
import { coreKinds } from '../../core/kinds/index.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { createMemoryStore } from '../../store/memory.js'
import { createApi } from '../api/index.js'
import { type CertificatePair, meshAuthority, serverCertificate } from '../certificates.js'
import { workloadCertificate } from '../workload-certificate.js'
import { startDpServer } from '../dp-server.js'
import { type SharedPort, startApiPort } from '../shared-port.js'
import { tokenAuthenticator, trustingAuthenticator } from '../tokens/proxy-authenticator.js'
import { makeSigningKey } from '../tokens/signing-keys.js'
import { type Tokens, createTokens, dataplaneKeys } from '../tokens/tokens.js'
import { bootstrapListener } from './http.js'
import { type BootstrapServiceOptions, createBootstrapService } from './service.js'

const registry = createRegistry(coreKinds)
const now = new Date()
const hour = 3_600_000
const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: {} }
const networking = { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web' } }] }
const dataplane: Resource = { type: 'Dataplane', mesh: 'default', name: 'web-1', labels: {}, spec: { networking } }
const minimal = { mesh: 'default', name: 'web-1' }

let certificate: CertificatePair
let store: Store
let tokens: Tokens
let servers: SharedPort[]
const noGrpc = { injectConnection: () => {}, drain: () => {} }

beforeAll(async () => {
  certificate = await serverCertificate({ hosts: ['localhost', '127.0.0.1'], now, lifetimeMs: hour })
})
beforeEach(async () => {
  store = createMemoryStore()
  tokens = createTokens({ store })
  servers = []
  await store.write([mesh, dataplane].map((resource) => ({ op: 'put', resource })))
})
afterEach(() => Promise.all(servers.map((server) => server.close())))

type Options = Partial<Omit<BootstrapServiceOptions, 'xds'>> & { readonly xds?: Partial<BootstrapServiceOptions['xds']> }

function service({ xds, ...options }: Options = {}) {
  const all = { port: 5678, certificate: certificate.certificate, ...xds }
  return createBootstrapService({ store, registry, authenticator: trustingAuthenticator, ...options, xds: all })
}

async function start(options?: Options): Promise<number> {
  const server = await startDpServer({ port: 0, certificate, grpc: noGrpc, http: bootstrapListener(service(options)) })
  servers.push(server)
  return server.port
}

async function ask(
  port: number,
  body: unknown,
  { secure = true, host = '127.0.0.1', ...more }: https.RequestOptions & { secure?: boolean } = {},
) {
  const options = { port, host, method: 'POST', path: '/bootstrap', ca: certificate.certificate, servername: '', ...more }
  const request = secure ? https.request(options) : http.request(options)
  request.end(typeof body === 'string' ? body : JSON.stringify(body))
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode, type: response.headers['content-type'], text }
}

const xdsAddress = (yaml: string) => {
  const { clusters } = parse(yaml).staticResources
  return clusters[1].loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress
}

test('a request of 2019 gets YAML', async () => {
  const answer = await ask(await start(), minimal)
  expect(answer).toMatchObject({ status: 200, type: 'text/x-yaml' })
  expect(parse(answer.text).node).toMatchObject({ id: 'default.web-1', cluster: 'web' })
  expect(xdsAddress(answer.text)).toEqual({ address: '127.0.0.1', portValue: 5678 })
})

test("a request of today gets the configuration in Kuma's envelope", async () => {
  const conf = {
    aggregate: [
      { name: 'app', port: 9000, path: '/metrics' },
      { name: 'off', port: 1, enabled: false },
    ],
  }
  const metrics = { enabledBackend: 'p', backends: [{ name: 'p', type: 'prometheus', conf }] }
  await store.write([{ op: 'put', resource: { ...mesh, spec: { metrics } } }])
  const answer = await ask(await start(), { ...minimal, workdir: '/run/kuma', features: null }, { headers: { accept: 'application/json' } })
  const { bootstrap, kumaSidecarConfiguration } = JSON.parse(answer.text)
  expect(kumaSidecarConfiguration).toEqual({
    networking: { corefileTemplate: null, address: '10.0.0.1' },
    metrics: { aggregate: [{ name: 'app', address: '10.0.0.1', port: 9000, path: '/metrics' }] },
  })
  expect(parse(Buffer.from(bootstrap, 'base64').toString()).admin.address.pipe.path).toBe('/run/kuma/kuma-envoy-admin.sock')
})

test('the control plane is where the companion found it, unless it says where it is', async () => {
  const answer = await ask(await start(), minimal, { headers: { host: 'localhost:1234' } })
  expect(xdsAddress(answer.text)).toEqual({ address: 'localhost', portValue: 5678 })
  expect(parse(answer.text).staticResources.clusters[1].dnsLookupFamily).toBe('V4_ONLY')
  const told = await ask(await start({ xds: { host: 'localhost' } }), minimal)
  expect(xdsAddress(told.text)).toEqual({ address: 'localhost', portValue: 5678 })
})

describe('a request is refused', () => {
  const refused = async (body: unknown, options?: Options, more?: https.RequestOptions) => {
    const { status, text } = await ask(await start(options), body, more)
    return [status, text] as const
  }

  test('for a proxy that is not there, without a word: companions ask again', async () => {
    expect(await refused({ mesh: 'default', name: 'other' })).toEqual([404, ''])
    expect(await refused({ mesh: 'other', name: 'web-1' })).toEqual([404, ''])
    expect(await refused({ name: 'zi', proxyType: 'ingress' })).toEqual([404, ''])
  })

  test('that can not be read', async () => {
    expect(await refused('{')).toEqual([400, expect.stringContaining('no JSON')])
    expect(await refused({ mesh: 'default' })).toEqual([400, expect.stringContaining('name: ')])
    expect(await refused({ ...minimal, dnsPort: 70_000 })).toEqual([400, expect.stringContaining('dnsPort: ')])
    expect(await refused({ ...minimal, proxyType: 'router' })).toEqual([400, expect.stringContaining('proxyType: ')])
    expect(await refused(' '.repeat(2 << 20))).toEqual([413, expect.stringContaining('1048576')])
  })

  test('at another path or with another method', async () => {
    expect(await refused(minimal, {}, { path: '/other' })).toMatchObject([404, 'there is nothing at /other, only /bootstrap'])
    expect(await refused('', {}, { method: 'GET' })).toMatchObject([405, 'GET is not allowed here, only POST'])
  })

  test("under a name that the control plane's certificate does not have", async () => {
    const [status, text] = await refused(minimal, {}, { headers: { host: 'cp.example:5678' } })
    expect(status).toBe(400)
    expect(text).toMatch(/"cp.example", but the control plane's certificate is for localhost, 127.0.0.1/)
  })

  test('with a CA that is none', async () => {
    const ca = await meshAuthority({ mesh: 'm', now, lifetimeMs: hour })
    const leaf = workloadCertificate({ ca, uris: ['spiffe://m/x'], now, lifetimeMs: hour })
    expect(await refused({ ...minimal, caCert: leaf.certificate })).toEqual([400, expect.stringContaining('is no CA')])
    expect(await refused({ ...minimal, caCert: 'x' })).toEqual([400, expect.stringContaining('no PEM')])
  })
})

describe('a proxy that brings its resource', () => {
  const resource = (more: object = {}) => JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'new-1', networking, ...more })
  const request = { mesh: 'default', name: 'new-1' }
  const answered = async (dataplaneResource: string, more: object = {}) => ask(await start(), { ...request, dataplaneResource, ...more })

  test('need not be there before', async () => {
    const answer = await answered(resource())
    expect(answer.status).toBe(200)
    expect(parse(answer.text).node).toMatchObject({ id: 'default.new-1', metadata: { 'dataplane.resource': resource() } })
  })

  test.each([
    ['in a mesh that is not there', resource({ mesh: 'none' }), { mesh: 'none' }, 'mesh: mesh "none" does not exist'],
    ['that is invalid', resource({ networking: {} }), {}, /networking/],
    ['that is no resource', '{}', {}, /type/],
    ['that is somebody else', resource({ name: 'web-1' }), {}, /"web-1" of mesh "default", but it asks as "new-1"/],
    ['that is none', JSON.stringify(mesh), {}, 'is a Mesh, expected a Dataplane'],
    ['twice', `${resource()}\n---\n${resource()}`, {}, 'found 2'],
    [
      'with outbounds beside transparent proxying',
      resource({ networking: { ...networking, outbound: [{ port: 1, tags: { 'kuma.io/service': 'x' } }] } }),
      { dataplaneConfig: {} },
      /outbound: /,
    ],
  ])('is refused %s', async (_, text, more, reason) => {
    const answer = await answered(text, more)
    expect(answer.status).toBe(422)
    expect(answer.text).toMatch(reason)
  })
})

describe('where tokens are demanded', () => {
  const strict = () => ({ authenticator: tokenAuthenticator(tokens, 'default') })
  beforeEach(async () => {
    await store.write([{ op: 'put', resource: await makeSigningKey(dataplaneKeys('default')) }])
  })
  const tokenFor = (name: string) => tokens.issueDataplane({ mesh: 'default', name, tags: {}, type: '', workload: '' }, hour)

  test('nobody is served without one', async () => {
    expect(await ask(await start(strict()), minimal)).toMatchObject({
      status: 422,
      text: expect.stringContaining('Dataplane Token is required'),
    })
  })

  test('a token is looked at, and goes along', async () => {
    const port = await start(strict())
    const good = await tokenFor('web-1')
    const answer = await ask(port, { ...minimal, dataplaneToken: good })
    expect(parse(answer.text).dynamicResources.adsConfig.grpcServices[0].initialMetadata).toEqual([{ key: 'authorization', value: good }])
    const foreign = await ask(port, { ...minimal, dataplaneToken: await tokenFor('web-2') })
    expect(foreign).toMatchObject({ status: 422, text: expect.stringContaining('different than in token') })
  })
})

describe('the port of 2019', () => {
  const about = { product: 'Kuma', version: '0', hostname: 'h', instanceId: 'i', clusterId: 'c' }
  const api = () => createApi({ store, registry, about, tls: { cert: certificate.certificate, key: certificate.privateKey } })
  let app: ReturnType<typeof api>
  afterEach(() => app.close())

  async function startBoth(host: string): Promise<number> {
    app = api()
    await app.ready()
    const port = await startApiPort({ host, port: 0, secure: app.server, plain: bootstrapListener(service()) })
    servers.push(port)
    return port.port
  }

  test('answers to plain HTTP with the bootstrap, to HTTPS with the API', async () => {
    const port = await startBoth('127.0.0.1')
    const plain = await ask(port, minimal, { secure: false })
    expect(plain.status).toBe(200)
    expect(xdsAddress(plain.text)).toEqual({ address: '127.0.0.1', portValue: 5678 })
    const page = await ask(port, '', { method: 'GET', path: '/meshes/default/dataplanes/web-1' })
    expect(JSON.parse(page.text)).toMatchObject({ type: 'Dataplane', name: 'web-1' })
  })

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address

  test.skipIf(!outside)('answers to plain HTTP on this machine alone', async () => {
    const port = await startBoth('0.0.0.0')
    expect((await ask(port, minimal, { secure: false })).status).toBe(200)
    expect(await ask(port, minimal, { secure: false, host: outside })).toMatchObject({
      status: 403,
      text: expect.stringContaining('use https'),
    })
  })
})

afterAll(() => store.close())

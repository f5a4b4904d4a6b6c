import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import grpc from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createRegistry } from '../../src/core/kind.js'
import { coreKinds } from '../../src/core/kinds/index.js'
import type { Resource } from '../../src/core/resource.js'
import { DiscoveryRequest, DiscoveryResponse } from '../../src/gen/envoy/service/discovery/v3/discovery.js'
import { bootstrapListener } from '../../src/server/bootstrap/http.js'
import { createBootstrapService } from '../../src/server/bootstrap/service.js'
import { type CertificatePair, serverCertificate } from '../../src/server/certificates.js'
import { startDpServer } from '../../src/server/dp-server.js'
import { type SharedPort, startApiPort } from '../../src/server/shared-port.js'
import { tokenAuthenticator, trustingAuthenticator } from '../../src/server/tokens/proxy-authenticator.js'
import { makeSigningKey } from '../../src/server/tokens/signing-keys.js'
import { createTokens, dataplaneKeys } from '../../src/server/tokens/tokens.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { envoy } from '../with-envoy.js'
import { type RunningDp, startKumaDp } from './program.js'

/**
 * kuma-dp and a real Envoy against the bootstrap endpoint, with an ADS server beside it on the same port that has nothing to
 * give: it shows that Envoy finds, trusts and reaches the control plane as its bootstrap says.
 */

const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: {} }
const networking = { address: '127.0.0.1', inbound: [{ port: 10_000, servicePort: 9000, tags: { 'kuma.io/service': 'echo' } }] }
const dataplane: Resource = { type: 'Dataplane', mesh: 'default', name: 'dp-echo-1', labels: {}, spec: { networking } }

const store = createMemoryStore()
const tokens = createTokens({ store })
let folder: string
let certificate: CertificatePair
let servers: SharedPort[] = []
let running: RunningDp | undefined
/** What Envoys said first, with what they showed. */
let greetings: { readonly node: DiscoveryRequest['node']; readonly authorization: unknown }[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuma-dp-e2e-'))
  certificate = await serverCertificate({ hosts: ['localhost', '127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })
  await store.write([mesh, dataplane, await makeSigningKey(dataplaneKeys('default'))].map((resource) => ({ op: 'put', resource })))
})
afterEach(async () => {
  running?.child.kill('SIGTERM')
  running?.child.kill('SIGTERM')
  await running?.ended
  await Promise.all(servers.map((server) => server.close()))
  running = undefined
  servers = []
  greetings = []
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Answers each first request of a type with nothing. */
function emptyAds(): grpc.Server {
  const server = new grpc.Server()
  const definition: grpc.ServiceDefinition = {
    stream: {
      path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
      requestStream: true,
      responseStream: true,
      requestSerialize: (value: DiscoveryRequest) => Buffer.from(DiscoveryRequest.encode(value).finish()),
      requestDeserialize: (bytes: Buffer) => DiscoveryRequest.decode(bytes),
      responseSerialize: (value: DiscoveryResponse) => Buffer.from(DiscoveryResponse.encode(value).finish()),
      responseDeserialize: (bytes: Buffer) => DiscoveryResponse.decode(bytes),
    },
  }
  server.addService(definition, {
    stream: (call: grpc.ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>) => {
      call.on('data', (request: DiscoveryRequest) => {
        if (request.node?.id) greetings.push({ node: request.node, authorization: call.metadata.get('authorization')[0] })
        if (!request.responseNonce) call.write({ typeUrl: request.typeUrl, versionInfo: '1', nonce: '1', resources: [] })
      })
      call.on('end', () => call.end()).on('error', () => {})
    },
  })
  return server
}

async function startControlPlane({ demandTokens = false } = {}): Promise<{ dpServer: number; plain: number }> {
  const injector = emptyAds().createConnectionInjector(grpc.ServerCredentials.createInsecure())
  let listener: http.RequestListener
  const dpServer = await startDpServer({ port: 0, certificate, grpc: injector, http: (request, response) => listener(request, response) })
  servers.push(dpServer)
  const service = createBootstrapService({
    store,
    registry: createRegistry(coreKinds),
    authenticator: demandTokens ? tokenAuthenticator(tokens, 'default') : trustingAuthenticator,
    xds: { port: dpServer.port, certificate: certificate.certificate },
  })
  listener = bootstrapListener(service)
  const old = await startApiPort({ port: 0, secure: http.createServer(), plain: listener })
  servers.push(old)
  return { dpServer: dpServer.port, plain: old.port }
}

function start(args: readonly string[], env: Record<string, string>): RunningDp {
  running = startKumaDp(['run', '--drain-time', '1s', ...args], { ENVOY_PATH: envoy.path, TMPDIR: folder, ...env })
  return running
}

/** The socket of the admin interface, once Envoy says that it is ready. */
async function readyAt(): Promise<string> {
  for (;;) {
    const temporary = readdirSync(folder).find((name) => name.startsWith('kuma-dp-'))
    const socketPath = join(folder, temporary ?? 'none', 'kuma-envoy-admin.sock')
    const answer = existsSync(socketPath) ? await get({ socketPath, path: '/ready' }).catch(() => '') : ''
    if (answer.startsWith('LIVE')) return socketPath
    if (running?.child.exitCode !== null) throw new Error(`kuma-dp ended:\n${running?.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function get(options: http.RequestOptions): Promise<string> {
  const [response] = (await once(http.request(options).end(), 'response')) as [http.IncomingMessage]
  return Buffer.concat(await response.toArray()).toString()
}

describe.skipIf(envoy.missing)(`kuma-dp with a real Envoy ${envoy.reason}`, () => {
  test('starts as typed in 2019, reports ready, drains and goes', async () => {
    const { plain } = await startControlPlane()
    const dp = start([], {
      KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL: `http://127.0.0.1:${plain}`,
      KUMA_DATAPLANE_MESH: 'default',
      KUMA_DATAPLANE_NAME: 'dp-echo-1',
    })
    const workDir = dirname(await readyAt())
    expect(greetings[0]?.node).toMatchObject({ id: 'default.dp-echo-1', cluster: 'echo' })
    expect(await get({ socketPath: join(workDir, 'kuma-mh-dp-echo-1-default.sock'), path: '/' })).toContain('\nenvoy_server_live 1\n')
    expect(statSync(join(workDir, 'kuma-al-dp-echo-1-default.sock')).isFIFO()).toBe(true)
    const { 'dataplane.readinessReporter.port': port } = greetings[0]?.node?.metadata ?? {}
    expect(await get({ host: '127.0.0.1', port: Number(port), path: '/ready' })).toContain('LIVE')
    dp.child.kill('SIGTERM')
    expect(await dp.ended).toBe(0)
    expect(dp.output()).not.toContain('could not be drained')
    expect(readdirSync(folder).filter((name) => name.startsWith('kuma-dp-'))).toEqual([])
  })

  test('registers with a file and a token of its own, over TLS, at a name', async () => {
    const { dpServer } = await startControlPlane({ demandTokens: true })
    const tokenFile = join(folder, 'token')
    writeFileSync(
      tokenFile,
      `${await tokens.issueDataplane({ mesh: 'default', name: 'web-7', tags: {}, type: '', workload: '' }, 3_600_000)}\n`,
    )
    const resourceFile = join(folder, 'web.yaml')
    writeFileSync(
      resourceFile,
      'type: Dataplane\nmesh: default\nname: web-{{ n }}\nnetworking: { address: 127.0.0.1, inbound: [{ port: 8080, tags: { kuma.io/service: web } }] }\n',
    )
    const caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, certificate.certificate)
    start(
      [
        '--cp-address',
        `https://localhost:${dpServer}`,
        '--ca-cert-file',
        caFile,
        '-d',
        resourceFile,
        '-v',
        'n=7',
        '--dataplane-token-file',
        tokenFile,
      ],
      {},
    )
    await readyAt()
    const [{ node, authorization } = {}] = greetings
    expect(node).toMatchObject({
      id: 'default.web-7',
      cluster: 'web',
      metadata: { 'dataplane.resource': expect.stringContaining('name: web-7') },
    })
    expect(await tokens.verifyDataplane(String(authorization), 'default')).toMatchObject({ name: 'web-7' })
  })

  test('two proxies share a machine', async () => {
    const { plain } = await startControlPlane()
    const env = { KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL: `http://127.0.0.1:${plain}`, KUMA_DATAPLANE_NAME: 'dp-echo-1' }
    const first = start([], env)
    await readyAt()
    const second = start(['--admin-port', '30001-65535'], env)
    await second.said(/all clusters initialized|all dependencies initialized|starting workers/)
    const ports = greetings.map(({ node }) => node?.metadata?.['dataplane.readinessReporter.port'])
    expect(new Set(ports).size).toBe(2)
    first.child.kill('SIGINT')
    expect(await first.ended).toBe(0)
  })

  test('without a token is refused where tokens are demanded', async () => {
    const { plain } = await startControlPlane({ demandTokens: true })
    const dp = start([], { KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL: `http://127.0.0.1:${plain}`, KUMA_DATAPLANE_NAME: 'dp-echo-1' })
    expect(await dp.ended).toBe(1)
    expect(dp.output()).toContain('Dataplane Token is required')
  })
})

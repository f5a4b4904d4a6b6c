import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { soleLeader } from '../src/core/leader.js'
import type { Resource } from '../src/core/resource.js'
import type { Store } from '../src/core/store.js'
import { Secret } from '../src/gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { meshAuthority } from '../src/server/certificates.js'
import { createControlPlane } from '../src/server/control-plane.js'
import { createAdsServer } from '../src/server/grpc.js'
import { createWorkloadIdentityProvider } from '../src/server/identity/workload.js'
import type { LogFields } from '../src/server/log.js'
import { type OutsideData, createOutsideData } from '../src/server/outside-data.js'
import { ResourceWriter } from '../src/server/resource-writer.js'
import { secretKey, secretOf } from '../src/server/secrets.js'
import { createUpkeep } from '../src/server/upkeep/upkeep.js'
import { standardRules } from '../src/server/write-rules.js'
import { createMemoryStore } from '../src/store/memory.js'
import { registry } from '../src/translate/kinds.js'
import { type TestProxy, sotwProxy } from './xds/proxy.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: { meshServices: { mode: 'Exclusive' } } }
const inbound = [{ port: 8080, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }]
const web: Resource = {
  type: 'Dataplane',
  mesh: 'default',
  name: 'web-1',
  labels: { 'kuma.io/workload': 'front' },
  spec: { networking: { address: '127.0.0.1', inbound } },
}
const identityOf = (bundled: object, more: object = {}): Resource => ({
  type: 'MeshIdentity',
  mesh: 'default',
  name: 'id',
  labels: { 'kuma.io/zone': 'default' },
  spec: { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled }, ...more },
})
const selfMade = { autogenerate: { enabled: true }, insecureAllowSelfSigned: true }
const kri = 'kri_mid_default_default__id_'

interface Running {
  readonly store: Store
  readonly logged: { readonly message: string; readonly fields: LogFields }[]
  put(...resources: Resource[]): Promise<void>
  connect(metadata?: Record<string, unknown>): TestProxy
  keepUp(): void
}

async function start({ outside, keptUp = true }: { outside?: OutsideData; keptUp?: boolean } = {}): Promise<Running> {
  const store = createMemoryStore()
  const logged: Running['logged'] = []
  const warn = (message: string, fields: LogFields = {}) => void logged.push({ message, fields })
  const workloadIdentities = createWorkloadIdentityProvider({ store, zone: 'default', outside })
  const controlPlane = await createControlPlane({
    store,
    registry,
    zone: 'default',
    instanceId: 'cp-1',
    authenticator: { required: false, authenticate: async () => {} },
    workloadIdentities,
    writer: new ResourceWriter({ store, registry, zone: 'default', rules: [] }),
    insights: { urgentMs: 0, flushMs: 0 },
    log: { debug() {}, info() {}, warn, error: warn },
  })
  const server = createAdsServer({ host: controlPlane, instanceId: 'cp-1' })
  const address = `127.0.0.1:${await server.listen({ port: 0 })}`
  closing.push(async () => {
    await server.close()
    await controlPlane.close()
    workloadIdentities.close()
  })
  const keepUp = () => {
    const upkeep = createUpkeep({ store, leader: soleLeader(store), registry, zone: 'default', outside })
    closing.push(() => upkeep.close())
  }
  if (keptUp) keepUp()
  return {
    store,
    logged,
    keepUp,
    put: async (...resources) => void (await store.write(resources.map((resource) => ({ op: 'put', resource })))),
    connect(metadata) {
      const proxy = sotwProxy({ address, id: 'default.web-1', metadata })
      closing.push(() => proxy.close())
      return proxy
    },
  }
}

function certificateIn(proxy: TestProxy): X509Certificate | undefined {
  const bytes = proxy.held.secrets.get(kri)
  const { type } = Secret.decode(bytes ?? new Uint8Array())
  const chain = type?.$case === 'tlsCertificate' ? type.tlsCertificate.certificateChain?.specifier : undefined
  return chain?.$case === 'inlineBytes' ? new X509Certificate(chain.inlineBytes) : undefined
}

async function stored(store: Store, type: string, name: string, fits: (resource: Resource) => boolean): Promise<Resource> {
  for (;;) {
    const resource = (await store.get({ type, mesh: 'default', name }))?.resource
    if (resource && fits(resource)) return resource
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const conditions = (resource: Resource) =>
  ((resource.status as { conditions?: { type: string; status: string; message: string }[] } | undefined)?.conditions ?? []).map(
    ({ type, status, message }) => `${type} ${status}: ${message}`,
  )
const isReady = (resource: Resource) => conditions(resource).some((text) => text.startsWith('Ready True'))

it('issues certificates of a CA that it makes, and makes the CA trusted', async () => {
  const { store, put, connect } = await start()
  await put(mesh, web, identityOf(selfMade, { spiffeID: { trustDomain: '{{ .Mesh }}.corp', path: '/w/{{ label "kuma.io/workload" }}' } }))
  const proxy = connect()
  proxy.ask('secrets', [kri, 'system_trust_bundle'])
  await proxy.until(({ secrets, listeners }) => secrets.size === 2 && listeners.size > 0)
  expect(certificateIn(proxy)?.subjectAltName).toBe('URI:spiffe://default.corp/w/front')
  const trust = await stored(store, 'MeshTrust', 'id', () => true)
  expect(trust.spec).toMatchObject({ trustDomain: 'default.corp', caBundles: [{ type: 'Pem' }] })
  const ca = new X509Certificate((trust.spec as { caBundles: { pem: { value: string } }[] }).caBundles[0]?.pem.value ?? '')
  expect(certificateIn(proxy)?.checkIssued(ca)).toBe(true)
  const insight = await stored(store, 'DataplaneInsight', 'web-1', ({ spec }) => JSON.stringify(spec).includes('issuedBackend'))
  expect(insight.spec).toMatchObject({ mTLS: { issuedBackend: kri, supportedBackends: ['kri_mtrust_default___id_'] } })
  await stored(store, 'MeshService', 'web', (service) => JSON.stringify(service).includes('spiffe://default.corp/w/front'))

  // Another CA in its place: another certificate, trusted beside the old one.
  const before = certificateIn(proxy)?.fingerprint256
  const next = await meshAuthority({ mesh: 'default.corp', now: new Date(), lifetimeMs: 3_600_000 })
  const secret = (name: string, text: string) => secretOf(secretKey('default', name), text)
  await put(secret('id-root-ca', next.certificate), secret('id-private-key', next.privateKey))
  await proxy.until(() => certificateIn(proxy)?.checkIssued(new X509Certificate(next.certificate)) === true)
  expect(certificateIn(proxy)?.fingerprint256).not.toBe(before)
  await stored(store, 'MeshTrust', 'id', ({ spec }) => (spec as { caBundles: object[] }).caBundles.length === 2)
})

it('renews certificates before they end', async () => {
  const { put, connect } = await start()
  await put(mesh, web, identityOf({ ...selfMade, certificateParameters: { expiry: '2s' } }))
  const proxy = connect()
  proxy.ask('secrets', [kri])
  await proxy.until(() => certificateIn(proxy) !== undefined)
  const first = certificateIn(proxy)
  await proxy.until(() => certificateIn(proxy)?.fingerprint256 !== first?.fingerprint256)
  const end = (certificate: X509Certificate | undefined) => Date.parse(certificate?.validTo ?? '')
  expect(end(certificateIn(proxy))).toBeGreaterThan(end(first))
})

it('gives a proxy nothing before its identity is ready, and everything then', async () => {
  const { put, connect, keepUp, logged } = await start({ keptUp: false })
  await put(mesh, web, identityOf(selfMade))
  const proxy = connect()
  proxy.ask('secrets', [kri])
  while (logged.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(logged[0]?.fields).toEqual({
    problems: ['Dataplane "web-1": MeshIdentity "id", which selects the proxy, is not ready: it has not been looked at yet'],
  })
  expect(proxy.responses).toEqual([])
  keepUp()
  await proxy.until(({ listeners }) => listeners.size > 0 && certificateIn(proxy) !== undefined)
})

it('takes a CA from where its user says, and from nowhere else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kuma-ca-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const ca = await meshAuthority({ mesh: 'corp', now: new Date(), lifetimeMs: 3_600_000 })
  writeFileSync(join(folder, 'ca.pem'), ca.certificate)
  const provided = (certificate: object) =>
    identityOf({
      insecureAllowSelfSigned: true,
      ca: { certificate, privateKey: { type: 'Secret', secretRef: { kind: 'Secret', name: 'ca-key' } } },
    })
  const file = (path: string) => provided({ type: 'File', file: { path } })
  const allowed = createOutsideData({
    folders: [folder],
    variables: ['CA_CERT'],
    environment: { CA_CERT: ca.certificate, OTHER: ca.certificate },
  })
  const { store, put, connect } = await start({ outside: allowed })
  await put(mesh, web, secretOf(secretKey('default', 'ca-key'), ca.privateKey), file(join(folder, 'ca.pem')))
  const proxy = connect()
  proxy.ask('secrets', [kri])
  await proxy.until(() => certificateIn(proxy)?.checkIssued(new X509Certificate(ca.certificate)) === true)

  await put(provided({ type: 'EnvVar', envVar: { name: 'OTHER' } }))
  await stored(store, 'MeshIdentity', 'id', (one) => conditions(one).join().includes('setting dataSources.allowedVariables'))
  await put(provided({ type: 'EnvVar', envVar: { name: 'CA_CERT' } }))
  await stored(store, 'MeshIdentity', 'id', isReady)
  symlinkSync('/etc/hostname', join(folder, 'link.pem'))
  for (const path of ['/etc/hostname', join(folder, 'link.pem')]) {
    await put(file(path))
    const text = `file ${path} may not be read: no folder of setting dataSources.allowedFolders has it`
    await stored(store, 'MeshIdentity', 'id', (one) => conditions(one).join().includes(text))
  }
  await put(file(join(folder, 'gone.pem')))
  await stored(store, 'MeshIdentity', 'id', (one) => conditions(one).join().includes('no such file or directory'))
})

it('takes the CA that was made for an identity away with it', async () => {
  const { store, put } = await start()
  await put(mesh, identityOf(selfMade))
  await stored(store, 'MeshIdentity', 'id', isReady)
  const secrets = async () => (await store.list({ type: 'Secret' })).items.map(({ resource }) => resource.name)
  expect(await secrets()).toEqual(['id-private-key', 'id-root-ca'])
  const rules = standardRules({ store, clock: () => new Date(), unsafeDelete: false })
  const writer = new ResourceWriter({ store, registry, zone: 'default', rules })
  const identity = await store.get({ type: 'MeshIdentity', mesh: 'default', name: 'id' })
  expect(identity && (await writer.remove(identity))).toBeUndefined()
  expect(await secrets()).toEqual([])
})

it('refuses a proxy that comes without the workload that its identity names it by', async () => {
  const { put, connect } = await start()
  await put(mesh, identityOf(selfMade))
  const text = (labels: string) =>
    `type: Dataplane\nmesh: default\nname: web-1\n${labels}networking: { address: 127.0.0.1, inbound: [{ port: 80 }] }`
  const proxy = connect({ 'dataplane.resource': text('') })
  expect(await proxy.ended).toMatchObject({ code: 3, details: expect.stringContaining("missing required label 'kuma.io/workload'") })
  const named = connect({ 'dataplane.resource': text('labels: { kuma.io/workload: front }\n') })
  await named.until(({ listeners }) => listeners.size > 0)
})

it('says why an identity can not be: a CA that signed itself, a mesh without MeshServices, a key of another certificate', async () => {
  const { store, put } = await start()
  const [ca, other] = await Promise.all(['a', 'b'].map((name) => meshAuthority({ mesh: name, now: new Date(), lifetimeMs: 3_600_000 })))
  const inline = (value = '') => ({ type: 'InsecureInline', insecureInline: { value } })
  const from = (key: string | undefined, more: object = {}) =>
    identityOf({ ca: { certificate: inline(ca?.certificate), privateKey: inline(key) }, ...more })
  const says = (text: string) => stored(store, 'MeshIdentity', 'id', (one) => conditions(one)[0] === text)
  await put(mesh, web, from(ca?.privateKey))
  await says('Provider False: self-signed certificates are not allowed')
  await put(from(other?.privateKey, { insecureAllowSelfSigned: true }))
  await stored(store, 'MeshIdentity', 'id', (one) => conditions(one)[0]?.includes('not a valid TLS key pair') === true)
  await put(from(ca?.privateKey, { insecureAllowSelfSigned: true }))
  await stored(store, 'MeshIdentity', 'id', isReady)
  await put({ ...mesh, spec: { meshServices: { mode: 'Everywhere' } } })
  await stored(store, 'MeshIdentity', 'id', (one) => conditions(one)[0]?.startsWith('DependenciesReady False') === true)
})

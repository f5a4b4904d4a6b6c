import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import { soleLeader } from '../../core/leader.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { createMemoryStore } from '../../store/memory.js'
import { meshAuthority, readCertificates } from '../certificates.js'
import { secretKey, secretNames, secretOf } from '../secrets.js'
import { caRecordKey } from './ca-record.js'
import { createCaRecorder } from './ca-recorder.js'
import { type ProxyIdentity, createIdentityProvider } from './provider.js'

const start = new Date('2026-03-01T00:00:00Z')
const step = 10_000
const conf = { cert: { secret: 'ca-cert' }, key: { secret: 'ca-key' } }
const meshOn = (name: string, type: 'builtin' | 'provided'): Resource<MeshSpec> => ({
  ...{ type: 'Mesh', name: 'shop', labels: {} },
  spec: { mtls: { enabledBackend: name, backends: [{ name, type, ...(type === 'provided' && { conf }) }] } },
})
const builtin = meshOn('ca-1', 'builtin')
const provided = meshOn('own', 'provided')
const dataplane: Resource<DataplaneSpec> = {
  ...{ type: 'Dataplane', mesh: 'shop', name: 'web-1', labels: {} },
  spec: { networking: { inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } },
}

let store: Store
let closing: (() => Promise<void>)[] = []

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start })
  store = createMemoryStore()
})
afterEach(async () => {
  await stopAll()
  vi.useRealTimers()
})

/** As the control plane has it. */
function begin() {
  const identities = createIdentityProvider({ store, rotationStepMs: step, jitter: () => 0 })
  const recorder = createCaRecorder({ store, leader: soleLeader(store), rotationStepMs: step })
  closing.push(async () => identities.close(), recorder.close)
  return identities
}
async function stopAll() {
  for (const close of closing) await close()
  closing = []
}
const newCa = () => meshAuthority({ mesh: 'shop', now: start, lifetimeMs: 24 * 3_600_000 })
const put = (...resources: Resource[]) => store.write(resources.map((resource) => ({ op: 'put', resource })))
const secrets = (certName: string, keyName: string, ca: Awaited<ReturnType<typeof newCa>>) =>
  [secretOf(secretKey('shop', certName), ca.certificate), secretOf(secretKey('shop', keyName), ca.privateKey)] as const
const settled = () => vi.advanceTimersByTimeAsync(500)
const record = async () => (await store.get(caRecordKey('shop')))?.resource.spec
const trusted = (identity: ProxyIdentity | undefined) => new TextDecoder().decode(identity?.trustedCas.get('shop'))
const isFrom = (identity: ProxyIdentity | undefined, ca: string) => {
  const [certificate] = readCertificates(new TextDecoder().decode(identity?.certificateChain))
  const [authority] = readCertificates(ca)
  return authority !== undefined && certificate?.verify(authority.publicKey) === true
}

test('a control plane that starts within the steps goes on with them', async () => {
  const [old, young] = [await newCa(), await newCa()]
  await put(provided, ...secrets('ca-cert', 'ca-key', old))
  const first = begin()
  await first.of({ mesh: provided, dataplane })
  await settled()
  expect(await record()).toEqual({ current: { backend: 'own', certificate: old.certificate } })

  await put(...secrets('ca-cert', 'ca-key', young))
  await settled()
  await stopAll()
  const second = begin()
  const both = await second.of({ mesh: provided, dataplane })
  expect(trusted(both)).toBe(`${old.certificate}\n${young.certificate}`)
  // The old key is nowhere any more.
  expect(isFrom(both, young.certificate)).toBe(true)
  expect(JSON.stringify(await record())).not.toContain('PRIVATE')

  await vi.advanceTimersByTimeAsync(step)
  expect(trusted(await second.of({ mesh: provided, dataplane }))).toBe(trusted(both))
  await stopAll()
  const third = begin()
  expect(trusted(await third.of({ mesh: provided, dataplane }))).toBe(trusted(both))
  await vi.advanceTimersByTimeAsync(step)
  expect(trusted(await third.of({ mesh: provided, dataplane }))).toBe(young.certificate)
  await settled()
  expect(await record()).toEqual({ current: { backend: 'own', certificate: young.certificate } })
  await stopAll()
  expect(trusted(await begin().of({ mesh: provided, dataplane }))).toBe(young.certificate)
})

test('in the first step certificates still come from a builtin CA whose backend is gone', async () => {
  const [old, young] = [await newCa(), await newCa()]
  await put(builtin, ...secrets(secretNames.caCertificate('shop', 'ca-1'), secretNames.caKey('shop', 'ca-1'), old))
  begin()
  await settled()
  await put(provided, ...secrets('ca-cert', 'ca-key', young))
  await settled()
  await stopAll()
  const second = begin()
  const inFirst = await second.of({ mesh: provided, dataplane })
  expect(inFirst?.backend).toBe('ca-1')
  expect(isFrom(inFirst, old.certificate)).toBe(true)
  expect(trusted(inFirst)).toBe(`${old.certificate}\n${young.certificate}`)
  await vi.advanceTimersByTimeAsync(step)
  const inSecond = await second.of({ mesh: provided, dataplane })
  expect(isFrom(inSecond, young.certificate)).toBe(true)
  expect(trusted(inSecond)).toBe(trusted(inFirst))
})

test('a change that nobody was there to see begins with the start', async () => {
  const [old, young] = [await newCa(), await newCa()]
  await put(provided, ...secrets('ca-cert', 'ca-key', old))
  begin()
  await settled()
  await stopAll()
  await put(...secrets('ca-cert', 'ca-key', young))
  vi.setSystemTime(start.getTime() + 10 * step)
  const second = begin()
  expect(trusted(await second.of({ mesh: provided, dataplane }))).toBe(`${old.certificate}\n${young.certificate}`)
  await vi.advanceTimersByTimeAsync(2 * step)
  expect(trusted(await second.of({ mesh: provided, dataplane }))).toBe(young.certificate)
})

test('nothing is kept of a mesh without mTLS, or of one that is gone', async () => {
  await put(provided, ...secrets('ca-cert', 'ca-key', await newCa()))
  begin()
  await settled()
  expect(await record()).toBeDefined()
  await put({ ...provided, spec: {} })
  await settled()
  expect(await record()).toBeUndefined()
  await put(provided)
  await settled()
  expect(await record()).toBeDefined()
  await store.write([{ op: 'delete', key: { type: 'Mesh', name: 'shop' } }])
  await settled()
  expect(await record()).toBeUndefined()
})

test('a record from the future, or one that says nothing, makes nobody believe a CA for longer', async () => {
  const [old, young] = [await newCa(), await newCa()]
  await put(provided, ...secrets('ca-cert', 'ca-key', young))
  const former = { backend: 'own', certificate: old.certificate, since: '2036-01-01T00:00:00Z' }
  const current = { backend: 'own', certificate: young.certificate }
  await put({ ...caRecordKey('shop'), labels: {}, spec: { current, former } })
  const first = begin()
  expect(trusted(await first.of({ mesh: provided, dataplane }))).toContain(old.certificate)
  await vi.advanceTimersByTimeAsync(2 * step)
  expect(trusted(await first.of({ mesh: provided, dataplane }))).toBe(young.certificate)
  await stopAll()
  await put({ ...caRecordKey('shop'), labels: {}, spec: {} })
  expect(trusted(await begin().of({ mesh: provided, dataplane }))).toBe(young.certificate)
})

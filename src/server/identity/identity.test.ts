import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { createMemoryStore } from '../../store/memory.js'
import type { ProxyKey } from '../../translate/fleet.js'
import { createMeshCas, planMeshCas } from '../ca/plan.js'
import { meshAuthority, readCertificates } from '../certificates.js'
import { secretKey, secretNames, secretOf } from '../secrets.js'
import { identityUris } from '../../translate/identity-uris.js'
import { type IdentityProvider, type ProxyIdentity, createIdentityProvider } from './provider.js'

const start = new Date('2026-03-01T00:00:00Z')
const hour = 3_600_000

function meshOf(name: string, expiration?: string, enabledBackend: string | undefined = 'ca-1'): Resource<MeshSpec> {
  const dpCert = expiration ? { rotation: { expiration } } : undefined
  return { type: 'Mesh', name, labels: {}, spec: { mtls: { enabledBackend, backends: [{ name: 'ca-1', type: 'builtin', dpCert }] } } }
}

const mesh = meshOf('shop')
const off: Resource<MeshSpec> = { ...mesh, spec: {} }
const dataplaneOf = (name: string, ...services: string[]): Resource<DataplaneSpec> => ({
  type: 'Dataplane',
  mesh: 'shop',
  name,
  labels: {},
  spec: { networking: { inbound: services.map((service, i) => ({ port: 8000 + i, tags: { 'kuma.io/service': service, v: '1' } })) } },
})
const dataplane = dataplaneOf('web-1', 'web')
const sans = (identity: ProxyIdentity | undefined) =>
  readCertificates(new TextDecoder().decode(identity?.certificateChain))[0]?.subjectAltName?.split(', ')

const isSignedBy = (identity: ProxyIdentity | undefined, ca: string) => {
  const [certificate] = readCertificates(new TextDecoder().decode(identity?.certificateChain))
  const [authority] = readCertificates(ca)
  return authority !== undefined && certificate?.verify(authority.publicKey) === true
}

test('a proxy is known by its services and tags, or by its workload', () => {
  expect(identityUris('shop', dataplaneOf('d', 'web', 'admin'))).toEqual([
    'spiffe://shop/admin',
    'spiffe://shop/web',
    'kuma://kuma.io/service/admin',
    'kuma://kuma.io/service/web',
    'kuma://v/1',
  ])
  const labelled = { ...dataplaneOf('d'), labels: { 'kuma.io/workload': 'backend' } }
  expect(identityUris('shop', labelled)).toEqual(['spiffe://shop/backend', 'kuma://kuma.io/service/backend'])
  expect(identityUris('shop', dataplaneOf('d'))).toEqual([])
})

describe('the provider', () => {
  let store: Store
  let provider: IdentityProvider
  let told: ProxyKey[][]

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start })
    store = createMemoryStore()
    for (const one of [mesh, meshOf('bank')]) {
      await store.write([
        { op: 'put', resource: one },
        ...(await createMeshCas(
          planMeshCas(one, () => false),
          start,
        )),
      ])
    }
    provider = createIdentityProvider({ store, jitter: () => 0 })
    told = []
    provider.onChange((proxies) => told.push([...proxies]))
  })
  afterEach(() => {
    provider.close()
    vi.useRealTimers()
  })

  test('gives a certificate of the mesh, for a day', async () => {
    const identity = await provider.of({ mesh, dataplane })
    expect(sans(identity)).toEqual(['URI:spiffe://shop/web', 'URI:kuma://kuma.io/service/web', 'URI:kuma://v/1'])
    expect(identity).toMatchObject({ backend: 'ca-1', issuedAt: start, expiresAt: new Date(start.getTime() + 24 * hour), generation: 1 })
    expect(new TextDecoder().decode(identity?.privateKey)).toContain('PRIVATE KEY')
    expect([...(identity?.trustedCas.keys() ?? [])]).toEqual(['shop'])
  })

  test('gives none where mTLS is off', async () => {
    expect(await provider.of({ mesh: off, dataplane })).toBeUndefined()
  })

  test('makes one certificate for all who ask, also at once', async () => {
    const asked = await Promise.all([1, 2, 3].map(() => provider.of({ mesh, dataplane })))
    expect(new Set(asked).size).toBe(1)
    expect(await provider.of({ mesh, dataplane })).toBe(asked[0])
    expect(told).toEqual([])
  })

  test('makes another when tags or rotation change, not when anything else does', async () => {
    const first = await provider.of({ mesh, dataplane })
    const moved = { ...dataplane, spec: { networking: { ...dataplane.spec.networking, address: '10.0.0.1' } } }
    expect(await provider.of({ mesh, dataplane: moved })).toBe(first)
    const renamed = await provider.of({ mesh, dataplane: dataplaneOf('web-1', 'shop-front') })
    expect(sans(renamed)?.[0]).toBe('URI:spiffe://shop/shop-front')
    expect(renamed?.generation).toBe(2)
    const shorter = await provider.of({ mesh: meshOf('shop', '12h'), dataplane: dataplaneOf('web-1', 'shop-front') })
    expect(shorter?.expiresAt).toEqual(new Date(start.getTime() + 12 * hour))
  })

  test('trusts other meshes too, and keeps the certificate when only they change', async () => {
    const alone = await provider.of({ mesh, dataplane })
    const both = await provider.of({ mesh, dataplane, otherMeshes: [meshOf('bank'), meshOf('gone')] })
    expect([...(both?.trustedCas.keys() ?? [])]).toEqual(['shop', 'bank'])
    expect(both?.certificateChain).toEqual(alone?.certificateChain)
    expect(both?.generation).toBe(1)
  })

  test('renews after four fifths of the lifetime', async () => {
    const first = await provider.of({ mesh: meshOf('shop', '10h'), dataplane })
    await vi.advanceTimersByTimeAsync(8 * hour - 1)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(told).toEqual([[{ mesh: 'shop', name: 'web-1' }]])
    const second = await provider.of({ mesh: meshOf('shop', '10h'), dataplane })
    expect(second?.certificateChain).not.toEqual(first?.certificateChain)
    expect(second).toMatchObject({ generation: 2, expiresAt: new Date(start.getTime() + 18 * hour) })
  })

  test('waits longer than a timer can', async () => {
    await provider.of({ mesh: meshOf('shop', '1y'), dataplane })
    await vi.advanceTimersByTimeAsync(291 * 24 * hour)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(24 * hour)
    expect(told).toHaveLength(1)
  })

  test("takes the proxies whose CA's secrets change to the new CA, step by step", async () => {
    const before = await provider.of({ mesh, dataplane })
    await provider.of({ mesh: meshOf('bank'), dataplane: { ...dataplaneOf('teller', 'teller'), mesh: 'bank' } })
    const ca = await meshAuthority({ mesh: 'shop', now: start, lifetimeMs: 100 * hour })
    await store.write([
      { op: 'put', resource: secretOf(secretKey('shop', secretNames.caCertificate('shop', 'ca-1')), ca.certificate) },
      { op: 'put', resource: secretOf(secretKey('shop', secretNames.caKey('shop', 'ca-1')), ca.privateKey) },
      { op: 'put', resource: secretOf(secretKey('shop', 'unrelated'), 'x') },
    ])
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([[{ mesh: 'shop', name: 'web-1' }]])
    const trusted = (identity: ProxyIdentity | undefined) => new TextDecoder().decode(identity?.trustedCas.get('shop'))
    const old = trusted(before)

    // Both are believed before anybody shows a certificate of the new one.
    const first = await provider.of({ mesh, dataplane })
    expect(trusted(first)).toBe(`${old}\n${ca.certificate}`)
    expect(first?.certificateChain).toEqual(before?.certificateChain)
    const newcomer = { mesh, dataplane: dataplaneOf('web-2', 'web') }
    expect(isSignedBy(await provider.of(newcomer), old)).toBe(true)

    await vi.advanceTimersByTimeAsync(10_000)
    const second = await provider.of({ mesh, dataplane })
    expect(trusted(second)).toBe(trusted(first))
    expect(isSignedBy(second, ca.certificate) && isSignedBy(await provider.of(newcomer), ca.certificate)).toBe(true)

    await vi.advanceTimersByTimeAsync(10_000)
    const third = await provider.of({ mesh, dataplane })
    expect(trusted(third)).toBe(ca.certificate)
    expect(third?.certificateChain).toEqual(second?.certificateChain)
    const proxies = ['web-1', 'web-2'].map((name) => [{ mesh: 'shop', name }])
    expect(told.slice(1)).toEqual([...proxies, ...proxies])
  })

  test('an unrelated secret changes nothing', async () => {
    await provider.of({ mesh, dataplane })
    await store.write([{ op: 'put', resource: secretOf(secretKey('shop', 'unrelated'), 'x') }])
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([])
  })

  test('a CA that is not there is asked for again, later and later', async () => {
    const gone = meshOf('gone')
    await expect(provider.of({ mesh: gone, dataplane })).rejects.toMatchObject({ code: 'no-ca' })
    const attempts = vi.spyOn(store, 'get')
    await expect(provider.of({ mesh: gone, dataplane })).rejects.toMatchObject({ code: 'no-ca' })
    expect(attempts).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1000)
    expect(told).toHaveLength(1)
    await expect(provider.of({ mesh: gone, dataplane })).rejects.toMatchObject({ code: 'no-ca' })
    await vi.advanceTimersByTimeAsync(1999)
    expect(told).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(told).toHaveLength(2)
    await store.write([
      { op: 'put', resource: gone },
      ...(await createMeshCas(
        planMeshCas(gone, () => false),
        start,
      )),
    ])
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toHaveLength(3)
    expect((await provider.of({ mesh: gone, dataplane }))?.generation).toBe(1)
  })

  test('when the CA gets lost a proxy keeps the certificate it has, while it lasts', async () => {
    const first = await provider.of({ mesh: meshOf('shop', '10h'), dataplane })
    await store.write([{ op: 'delete', key: secretKey('shop', secretNames.caKey('shop', 'ca-1')) }])
    await vi.advanceTimersByTimeAsync(0)
    expect(await provider.of({ mesh: meshOf('shop', '10h'), dataplane })).toBe(first)
    await expect(provider.of({ mesh: meshOf('shop', '10h'), dataplane: dataplaneOf('web-1', 'other') })).rejects.toMatchObject({
      code: 'no-ca',
    })
    vi.setSystemTime(start.getTime() + 10 * hour)
    await expect(provider.of({ mesh: meshOf('shop', '10h'), dataplane })).rejects.toMatchObject({ code: 'no-ca' })
  })

  test('an ended CA signs nothing', async () => {
    vi.setSystemTime(start.getTime() + 11 * 365 * 24 * hour)
    await expect(provider.of({ mesh, dataplane })).rejects.toMatchObject({
      code: 'no-ca',
      message: expect.stringContaining('ended on 2036'),
    })
  })

  test('a proxy without any name gets no certificate', async () => {
    await expect(provider.of({ mesh, dataplane: dataplaneOf('web-1') })).rejects.toMatchObject({ code: 'no-ca' })
  })

  test('forgets proxies, and all of them when it is closed', async () => {
    await provider.of({ mesh, dataplane })
    provider.forget({ mesh: 'shop', name: 'web-1' })
    expect(vi.getTimerCount()).toBe(0)
    await provider.of({ mesh, dataplane })
    expect(vi.getTimerCount()).toBe(1)
    provider.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

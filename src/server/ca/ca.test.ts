import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { createMemoryStore } from '../../store/memory.js'
import { type CertificatePair, meshAuthority, readCertificates } from '../certificates.js'
import { workloadCertificate } from '../workload-certificate.js'
import type { DataSourceAccess } from '../data-source.js'
import { createOutsideData } from '../outside-data.js'
import { secretKey, secretOf } from '../secrets.js'
import { checkMeshCas } from './check.js'
import { enabledCaBackend, loadCa, secretsOfBackend } from './load.js'
import { createMeshCas, planMeshCas } from './plan.js'

const now = new Date('2026-03-01T00:00:00Z')
const meshOf = (mtls: MeshSpec['mtls']): Resource<MeshSpec> => ({ type: 'Mesh', name: 'shop', labels: {}, spec: { mtls } })
const builtin = (conf?: Record<string, unknown>) => meshOf({ enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', conf }] })
const provided = (conf: Record<string, unknown>, more: object = {}) =>
  meshOf({ enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'provided', conf }], ...more })
const backendOf = (mesh: Resource<MeshSpec>) => enabledCaBackend(mesh) as NonNullable<ReturnType<typeof enabledCaBackend>>

let store: Store
let access: DataSourceAccess
beforeEach(() => {
  store = createMemoryStore()
  access = { store, outside: createOutsideData({ folders: [tmpdir()] }) }
})

describe('builtin CAs', () => {
  const certificate = 'shop.ca-builtin-cert-ca-1'
  const key = 'shop.ca-builtin-key-ca-1'

  test('are planned where they are missing', () => {
    expect(planMeshCas(builtin(), () => false)).toEqual([
      { mesh: 'shop', backend: 'ca-1', lifetimeMs: 315_360_000_000, rsaBits: undefined, replace: false },
    ])
    expect(planMeshCas(builtin(), () => true)).toEqual([])
    expect(planMeshCas(meshOf(undefined), () => false)).toEqual([])
    expect(planMeshCas(provided({}), () => false)).toEqual([])
  })

  test('are made anew as a whole where half of one is lost', () => {
    expect(planMeshCas(builtin(), (name) => name === certificate)).toMatchObject([{ replace: true }])
  })

  test('are what their conf says', () => {
    expect(planMeshCas(builtin({ caCert: { RSAbits: 2048, expiration: '2w' } }), () => false)).toMatchObject([
      { rsaBits: 2048, lifetimeMs: 14 * 24 * 3_600_000 },
    ])
  })

  test('come into the store with their mesh, and load from there', async () => {
    const mesh = builtin()
    await store.write([
      { op: 'put', resource: mesh },
      ...(await createMeshCas(
        planMeshCas(mesh, () => false),
        now,
      )),
    ])
    const { items } = await store.list({ type: 'Secret' })
    expect(items.map(({ resource }) => resource.name)).toEqual([certificate, key])
    const ca = await loadCa(access, 'shop', backendOf(mesh))
    expect(readCertificates(ca.certificate)[0]?.subjectAltName).toBe('URI:spiffe://shop')
    const leaf = workloadCertificate({ ca, uris: ['spiffe://shop/web'], now, lifetimeMs: 1000 })
    expect(leaf.certificate).toContain('BEGIN CERTIFICATE')
    expect(planMeshCas(mesh, (name) => items.some(({ resource }) => resource.name === name))).toEqual([])
  })

  test('of two control planes at once: one wins', async () => {
    const mesh = builtin()
    await store.write([{ op: 'put', resource: mesh }])
    const plan = planMeshCas(mesh, () => false)
    const [one, other] = await Promise.all([createMeshCas(plan, now), createMeshCas(plan, now)])
    await store.write(one)
    await expect(store.write(other)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('that are not there say so', async () => {
    await expect(loadCa(access, 'shop', backendOf(builtin()))).rejects.toMatchObject({
      code: 'no-ca',
      message: `the CA of backend "ca-1" of mesh "shop" is not there: the mesh has no Secret "${certificate}"`,
    })
  })

  test('hold their secrets', () => {
    expect(secretsOfBackend('shop', backendOf(builtin()))).toEqual([certificate, key])
  })
})

describe('provided CAs', () => {
  let folder: string
  let ca: CertificatePair
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kuma-ca-'))
    ca = await meshAuthority({ mesh: 'shop', now, lifetimeMs: 1e9 })
    writeFileSync(join(folder, 'cert.pem'), ca.certificate)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('come from secrets, files or the mesh itself', async () => {
    await store.write([
      { op: 'put', resource: meshOf(undefined) },
      { op: 'put', resource: secretOf(secretKey('shop', 'my-key'), ca.privateKey) },
    ])
    const fromElsewhere = provided({ cert: { file: join(folder, 'cert.pem') }, key: { secret: 'my-key' } })
    expect(await checkMeshCas(fromElsewhere, access)).toEqual([])
    expect(await loadCa(access, 'shop', backendOf(fromElsewhere))).toEqual(ca)
    expect(secretsOfBackend('shop', backendOf(fromElsewhere))).toEqual(['my-key'])
    const within = provided({
      cert: { inline: Buffer.from(ca.certificate).toString('base64') },
      key: { inlineString: ca.privateKey },
    })
    expect(await checkMeshCas(within, access)).toEqual([])
    expect(await loadCa(access, 'shop', backendOf(within))).toEqual(ca)
  })

  const path = 'mtls.backends[0].conf'
  const inline = (text: string) => ({ inlineString: text })

  test('have to be there', async () => {
    const message = 'could not load data: resource not found: type="Secret" name="my-key" mesh="shop"'
    expect(await checkMeshCas(provided({ cert: inline(ca.certificate), key: { secret: 'my-key' } }), access)).toEqual([
      { path: `${path}.cert`, message },
      { path: `${path}.key`, message },
    ])
    const gone = join(folder, 'gone.pem')
    expect(await checkMeshCas(provided({ cert: { file: gone }, key: inline(ca.privateKey) }), access)).toMatchObject([
      { message: `could not load data: open ${gone}: no such file or directory` },
      { path: `${path}.key` },
    ])
  })

  test('have to be a pair', async () => {
    const other = await meshAuthority({ mesh: 'shop', now, lifetimeMs: 1e9 })
    const found = async (cert: string, key: string) =>
      (await checkMeshCas(provided({ cert: inline(cert), key: inline(key) }), access)).map((violation) => violation.message)
    expect(await found('x', ca.privateKey)).toEqual(['not a valid TLS key pair: tls: failed to find any PEM data in certificate input'])
    expect(await found(ca.certificate, 'x')).toEqual(['not a valid TLS key pair: tls: failed to find any PEM data in key input'])
    expect(await found(ca.certificate, other.privateKey)).toEqual(['not a valid TLS key pair: tls: private key does not match public key'])
  })

  test('have to be CAs', async () => {
    const leaf = workloadCertificate({ ca, uris: ['spiffe://shop/web'], now, lifetimeMs: 1e9 })
    const conf = { cert: inline(leaf.certificate), key: inline(leaf.privateKey) }
    expect(await checkMeshCas(provided(conf), access)).toMatchObject([
      { path: `${path}.cert[0]`, message: expect.stringContaining("basic constraint 'CA'") },
      { path: `${path}.cert[0]`, message: expect.stringContaining("'keyCertSign' must be set") },
      { path: `${path}.cert[0]`, message: expect.stringContaining("'keyAgreement' must NOT be set") },
    ])
    expect(await checkMeshCas(provided(conf, { skipValidation: true }), access)).toEqual([])
  })

  test('that can no longer be read say so', async () => {
    const mesh = provided({ cert: inline('x'), key: { secret: 'gone' } })
    await expect(loadCa(access, 'shop', backendOf(mesh))).rejects.toMatchObject({
      code: 'no-ca',
      message: expect.stringContaining('key: could not load'),
    })
  })
})

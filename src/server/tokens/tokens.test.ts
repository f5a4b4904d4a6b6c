import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { SignJWT, UnsecuredJWT, decodeJwt, decodeProtectedHeader } from 'jose'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import type { Store, Write } from '../../core/store.js'
import { createMemoryStore } from '../../store/memory.js'
import { readSecret, secretKey, secretOf } from '../secrets.js'
import { tokenAuthenticator, trustingAuthenticator } from './proxy-authenticator.js'
import { meshTokenKeyRule } from './rule.js'
import { makeSigningKey } from './signing-keys.js'
import { type DataplaneIdentity, type Tokens, type Validator, createTokens, dataplaneKeys } from './tokens.js'

const start = new Date('2026-03-01T00:00:00Z')
const hour = 3_600_000
const mesh: Resource<MeshSpec> = { type: 'Mesh', name: 'shop', labels: {}, spec: {} }
const anyProxy: DataplaneIdentity = { mesh: 'shop', name: '', tags: {}, type: '', workload: '' }

// Making RSA keys takes long: all tests begin with the same ones.
let made: readonly Write[]
beforeAll(async () => {
  const fresh = createMemoryStore()
  const keys = (await meshTokenKeyRule({ store: fresh }).accompany?.(mesh, undefined)) ?? []
  await createTokens({ store: fresh }).ensureGlobalKeys()
  const { items } = await fresh.list({ type: 'GlobalSecret' })
  made = [{ op: 'put', resource: mesh }, ...keys, ...items.map(({ resource }) => ({ op: 'put' as const, resource }))]
})

let now: Date
let store: Store
let tokens: Tokens
beforeEach(async () => {
  now = start
  store = createMemoryStore()
  tokens = createTokens({ store, clock: () => now })
  await store.write(made)
})

test('keys of a mesh and of the control plane are made once', async () => {
  const names = async () =>
    (await store.list()).items.filter(({ resource }) => resource.type !== 'Mesh').map(({ resource }) => resource.name)
  const all = ['user-token-signing-key-1', 'zone-token-signing-key-1', 'dataplane-token-signing-key-shop-1']
  expect(await names()).toEqual(all)
  await tokens.ensureGlobalKeys()
  expect(await meshTokenKeyRule({ store }).accompany?.(mesh, mesh)).toEqual([])
  expect(await names()).toEqual(all)
})

test('of several that make keys at the same time one wins', async () => {
  const empty = createMemoryStore()
  await Promise.all([1, 2].map(() => createTokens({ store: empty }).ensureGlobalKeys()))
  expect((await empty.list({ type: 'GlobalSecret' })).items).toHaveLength(2)
})

describe('a token', () => {
  test("has Kuma's header and claims", async () => {
    const identity = { ...anyProxy, name: 'web-1', tags: { 'kuma.io/service': ['web'] }, type: 'dataplane' }
    const token = await tokens.issueDataplane(identity, hour)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', kid: '1', typ: 'JWT' })
    const seconds = start.getTime() / 1000
    expect(decodeJwt(token)).toEqual({
      Name: 'web-1',
      Mesh: 'shop',
      Tags: { 'kuma.io/service': ['web'] },
      Type: 'dataplane',
      Workload: '',
      iat: seconds - 5,
      nbf: seconds - 5,
      exp: seconds + 3600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(await tokens.verifyDataplane(token, 'shop')).toEqual(identity)
  })

  test('of a user and of a zone say who they are', async () => {
    const user = { name: 'jo', groups: ['ops'] }
    expect(await tokens.verifyUser(await tokens.issueUser(user, hour))).toEqual(user)
    const zone = { zone: 'east', scope: ['ingress'] }
    expect(await tokens.verifyZone(await tokens.issueZone(zone, hour))).toEqual(zone)
  })

  test('ends', async () => {
    const token = await tokens.issueDataplane(anyProxy, hour)
    now = new Date(start.getTime() + hour + 1000)
    await expect(tokens.verifyDataplane(token, 'shop')).rejects.toMatchObject({
      code: 'bad-token',
      message: expect.stringContaining('expired'),
    })
  })

  test('of the future does not count yet', async () => {
    const token = await tokens.issueDataplane(anyProxy, hour)
    now = new Date(start.getTime() - hour)
    await expect(tokens.verifyDataplane(token, 'shop')).rejects.toMatchObject({
      code: 'bad-token',
      message: expect.stringContaining('valid_from'),
    })
  })

  test('of one sort is none of another', async () => {
    const token = await tokens.issueUser({ name: 'jo', groups: [] }, hour)
    await expect(tokens.verifyZone(token)).rejects.toMatchObject({ code: 'bad-token' })
  })

  test('of another mesh is none of this', async () => {
    const other = dataplaneKeys('bank')
    await store.write([
      { op: 'put', resource: { ...mesh, name: 'bank' } },
      { op: 'put', resource: await makeSigningKey(other) },
    ])
    const token = await tokens.issueDataplane({ ...anyProxy, mesh: 'bank' }, hour)
    await expect(tokens.verifyDataplane(token, 'shop')).rejects.toMatchObject({ code: 'bad-token' })
  })

  test('can be revoked', async () => {
    const [one, other] = [await tokens.issueDataplane(anyProxy, hour), await tokens.issueDataplane(anyProxy, hour)]
    const list = secretOf(secretKey('shop', 'dataplane-token-revocations-shop'), `some-id,${decodeJwt(one).jti}\n`)
    await store.write([{ op: 'put', resource: list }])
    await expect(tokens.verifyDataplane(one, 'shop')).rejects.toMatchObject({ code: 'bad-token', message: 'token is revoked' })
    expect(await tokens.verifyDataplane(other, 'shop')).toEqual(anyProxy)
  })

  test('is signed by the newest key, and the older ones still count until they are deleted', async () => {
    const keys = dataplaneKeys('shop')
    const old = await tokens.issueDataplane(anyProxy, hour)
    await store.write([
      { op: 'put', resource: await makeSigningKey(keys, '10') },
      { op: 'put', resource: await makeSigningKey(keys, '9') },
    ])
    const young = await tokens.issueDataplane(anyProxy, hour)
    expect(decodeProtectedHeader(young).kid).toBe('10')
    for (const token of [old, young]) expect(await tokens.verifyDataplane(token, 'shop')).toEqual(anyProxy)
    await store.write([{ op: 'delete', key: secretKey('shop', 'dataplane-token-signing-key-shop-1') }])
    await expect(tokens.verifyDataplane(old, 'shop')).rejects.toMatchObject({
      code: 'no-signing-key',
      message:
        'there is no signing key with KID 1. Secret of name "dataplane-token-signing-key-shop-1" in mesh "shop" is not found. ' +
        'If signing key was rotated, regenerate the token',
    })
  })

  test('without a key is not made', async () => {
    await expect(tokens.issueDataplane({ ...anyProxy, mesh: 'none' }, hour)).rejects.toMatchObject({ code: 'no-signing-key' })
  })
})

describe('a forged token is refused', () => {
  const claims = { Name: '', Mesh: 'shop', Tags: {} }
  const keyPem = async () => (await readSecret(store, secretKey('shop', 'dataplane-token-signing-key-shop-1'))) as Buffer
  const signed = (key: Parameters<SignJWT['sign']>[0], alg: string, more: object = {}, header: object = { kid: '1' }) =>
    new SignJWT({ ...claims, exp: 1_800_000_000, ...more }).setProtectedHeader({ alg, ...header }).sign(key)
  const refused = (token: string) => expect(tokens.verifyDataplane(token, 'shop')).rejects.toMatchObject({ code: 'bad-token' })

  test('by anything that is none', async () => {
    for (const text of ['', 'x', 'a.b.c', '..']) await refused(text)
  })

  test('without a signature', () => refused(new UnsecuredJWT({ ...claims, exp: 1_800_000_000 }).encode()))

  test('by somebody else', () =>
    refused('').then(async () => refused(await signed(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256'))))

  test('by the public key as a shared secret', async () => {
    const pem = await keyPem()
    await refused(await signed(new Uint8Array(pem), 'HS256'))
  })

  test('without the number of its key', async () => refused(await signed(createPrivateKey(await keyPem()), 'RS256', {}, {})))

  test('without an end', async () => refused(await signed(createPrivateKey(await keyPem()), 'RS256', { exp: undefined })))

  test.each([{ Name: 7 }, { Tags: [] }, { Tags: { v: 'x' } }, { Mesh: ['shop'] }])('with claims of another type: %j', async (more) => {
    await refused(await signed(createPrivateKey(await keyPem()), 'RS256', more))
  })

  test('with the number of a key that can be no secret', async () => {
    const token = await signed(createPrivateKey(await keyPem()), 'RS256', {}, { kid: '../1' })
    await expect(tokens.verifyDataplane(token, 'shop')).rejects.toMatchObject({ code: 'no-signing-key' })
  })
})

describe('a proxy', () => {
  const proxy = (labels = {}): Resource => ({
    type: 'Dataplane',
    mesh: 'shop',
    name: 'web-1',
    labels,
    spec: {
      networking: {
        inbound: [
          { port: 1, tags: { 'kuma.io/service': 'web' } },
          { port: 2, tags: { 'kuma.io/service': 'api' } },
        ],
      },
    },
  })
  const shows = async (identity: Partial<DataplaneIdentity>, who = proxy()) =>
    tokenAuthenticator(tokens, 'east').authenticate(who, await tokens.issueDataplane({ ...anyProxy, ...identity }, hour))

  test('is believed with a token that fits', async () => {
    await shows({})
    await shows({ name: 'web-1' })
    await shows({ tags: { 'kuma.io/service': ['web', 'api', 'other'] } })
    await shows({ workload: 'w' }, proxy({ 'kuma.io/workload': 'w' }))
    await tokenAuthenticator(tokens, 'east').authenticate(proxy(), `Bearer ${await tokens.issueDataplane(anyProxy, hour)}\n`)
  })

  test('is not believed with one that does not', async () => {
    await expect(shows({ name: 'web-2' })).rejects.toThrow('proxy name from requestor: web-1 is different than in token: web-2')
    await expect(shows({ tags: { 'kuma.io/service': ['web'] } })).rejects.toThrow(
      'dataplane contains tag "kuma.io/service" with value "api" which is not allowed with this token. Allowed values in token are ["web"]',
    )
    await expect(shows({ tags: { team: ['a'] } })).rejects.toThrow('dataplane has no tag "team" required by the token')
    await expect(shows({ workload: 'w' })).rejects.toThrow('dataplane has no workload label required by the token')
    await expect(shows({ workload: 'w' }, proxy({ 'kuma.io/workload': 'x' }))).rejects.toThrow('dataplane workload "x" is not allowed')
  })

  test('is not believed without one', async () => {
    for (const credential of [undefined, '', 'Bearer ']) {
      await expect(tokenAuthenticator(tokens, 'east').authenticate(proxy(), credential)).rejects.toThrow('Dataplane Token is required')
    }
    await trustingAuthenticator.authenticate(proxy(), undefined)
  })

  test('of a zone needs a token of the zone, for what it is', async () => {
    const ingress: Resource = { type: 'ZoneIngress', name: 'zi', labels: {}, spec: {} }
    const says = async (zone: string, ...scope: string[]) =>
      tokenAuthenticator(tokens, 'east').authenticate(ingress, await tokens.issueZone({ zone, scope }, hour))
    await says('east', 'ingress', 'egress')
    await says('', 'ingress')
    await expect(says('east', 'egress')).rejects.toThrow("ingress is out of token's scope: [egress]")
    await expect(says('west', 'ingress')).rejects.toThrow('zone from requestor: east is different than in token: west')
    const asProxy = tokens.issueDataplane(anyProxy, hour)
    await expect(tokenAuthenticator(tokens, 'east').authenticate(ingress, await asProxy)).rejects.toMatchObject({ code: 'bad-token' })
  })
})

describe('keys that are elsewhere', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const signed = (claims: object, kid = 'offline') =>
    new SignJWT({ exp: 1_800_000_000, ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
  const trusting = (validator: Validator) =>
    createTokens({ store, clock: () => now, validators: { dataplane: validator, user: validator } })

  test('count for the mesh that they are given for', async () => {
    const believing = trusting({ publicKeys: [{ kid: 'offline', mesh: 'shop', key }] })
    const token = await signed({ Name: 'web-1', Mesh: 'shop' })
    expect(await believing.verifyDataplane(token, 'shop')).toMatchObject({ name: 'web-1' })
    await expect(believing.verifyDataplane(token, 'other')).rejects.toMatchObject({ code: 'no-signing-key' })
    await expect(believing.verifyUser(await signed({ Name: 'jo' }))).rejects.toMatchObject({ code: 'no-signing-key' })
  })

  test('count besides those in secrets, or in their place', async () => {
    const made = await tokens.issueDataplane({ ...anyProxy, mesh: 'shop' }, hour)
    expect(await trusting({ publicKeys: [] }).verifyDataplane(made, 'shop')).toBeDefined()
    await expect(trusting({ useSecrets: false }).verifyDataplane(made, 'shop')).rejects.toMatchObject({ code: 'no-signing-key' })
  })
})

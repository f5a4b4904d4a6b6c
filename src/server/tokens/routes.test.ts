import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRegistry } from '../../core/kind.js'
import { coreKinds } from '../../core/kinds/index.js'
import { createMemoryStore } from '../../store/memory.js'
import { createAccess, createApi, trustingAccess } from '../api/index.js'
import { userTokenAuthenticator } from './access.js'
import { tokenRoutes } from './routes.js'
import { meshTokenKeyRule } from './rule.js'
import { createTokens } from './tokens.js'

const store = createMemoryStore()
const tokens = createTokens({ store })
const about = { product: 'Kuma', version: '0', hostname: 'h', instanceId: 'i', clusterId: 'c' }
const app = createApi({
  store,
  registry: createRegistry(coreKinds),
  about,
  access: createAccess({ authenticators: [userTokenAuthenticator(tokens)] }),
  rules: [meshTokenKeyRule({ store })],
  families: [tokenRoutes(tokens)],
})

beforeAll(async () => {
  await tokens.ensureGlobalKeys()
  const created = await app.inject({ method: 'PUT', url: '/meshes/shop', payload: { type: 'Mesh', name: 'shop' } })
  expect(created.statusCode).toBe(201)
})
afterAll(() => app.close())

async function as(...groups: string[]) {
  return { authorization: `Bearer ${await tokens.issueUser({ name: 'jo', groups }, 60_000)}` }
}

const post = async (path: string, payload: object, { headers = {}, ...more }: { headers?: object; payload?: string } = {}) =>
  app.inject({ method: 'POST', url: `/tokens/${path}`, payload, headers: { ...(await as('mesh-system:admin')), ...headers }, ...more })

test('a mesh that is created through the API has a key for its tokens', async () => {
  const answer = await post('dataplane', { mesh: 'shop', name: 'web-1', validFor: '1h' })
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringContaining('text/plain')])
  expect(await tokens.verifyDataplane(answer.body, 'shop')).toMatchObject({ mesh: 'shop', name: 'web-1' })
})

test('a dataplane or zone token lasts ten years, unless told otherwise', async () => {
  for (const answer of [await post('dataplane', { mesh: 'shop' }), await post('zone', { scope: ['ingress'] })]) {
    const { exp = 0, nbf = 0 } = decodeJwt(answer.body)
    expect(exp - nbf - 5).toBe(10 * 365 * 24 * 3600)
  }
})

test.each([
  ['dataplane', { validFor: 'x', type: 'router' }, ['mesh', 'validFor', 'type']],
  ['dataplane', { mesh: 'shop', name: 7, tags: { a: 'b' } }, ['name', 'tags["a"]']],
  ['dataplane', { mesh: 'shop', validFor: '-1h' }, ['validFor']],
  ['user', {}, ['name', 'validFor']],
  ['user', { name: 'jo', groups: 'ops', validFor: '1h' }, ['groups']],
  ['zone', { zone: 'east' }, ['scope']],
  ['zone', { scope: ['cp'] }, ['scope[0]']],
])('POST /tokens/%s %j is refused', async (path, body, fields) => {
  const answer = await post(path, body)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().invalid_parameters.map(({ field }: { field: string }) => field)).toEqual(fields)
})

test('bodies that are no objects are refused', async () => {
  expect((await post('user', [])).statusCode).toBe(400)
  expect((await post('user', {}, { payload: '{', headers: { 'content-type': 'application/json' } })).statusCode).toBe(400)
})

test('a mesh that is not there has no key', async () => {
  const answer = await post('dataplane', { mesh: 'none' })
  expect([answer.statusCode, answer.json().title]).toEqual([404, 'Signing Key not found'])
})

test('only administrators get tokens, wherever they are', async () => {
  const ask = async (path: string, headers: Record<string, string>) => {
    const payload = { mesh: 'shop', name: 'x', scope: ['ingress'], validFor: '1h' }
    const answer = await app.inject({ method: 'POST', url: `/tokens/${path}`, payload, headers })
    return answer.statusCode
  }
  for (const path of ['dataplane', 'user', 'zone']) {
    expect(await ask(path, {})).toBe(403)
    expect(await ask(path, await as('ops'))).toBe(403)
    expect(await ask(path, await as('mesh-system:admin'))).toBe(200)
  }
})

test('what is not to be made here is not there', async () => {
  const families = [tokenRoutes(tokens, { dataplane: true, user: false, zone: false })]
  const other = createApi({ store, registry: createRegistry(coreKinds), about, access: trustingAccess, families })
  const ask = async (path: string) => (await other.inject({ method: 'POST', url: `/tokens/${path}`, payload: { mesh: 'shop' } })).statusCode
  expect([await ask('dataplane'), await ask('user'), await ask('zone')]).toEqual([200, 404, 404])
  await other.close()
})

test('a user token that is none is refused', async () => {
  const answer = await app.inject({ method: 'GET', url: '/meshes', headers: { authorization: 'Bearer x.y.z' } })
  expect([answer.statusCode, answer.json().title]).toEqual([401, 'Invalid authentication data'])
})

import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRegistry } from '../../core/kind.js'
import { coreKinds } from '../../core/kinds/index.js'
import { createMemoryStore } from '../../store/memory.js'
import { createApi } from '../api/index.js'
import { userTokenAccess } from './access.js'
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
  access: userTokenAccess(tokens),
  rules: [meshTokenKeyRule({ store })],
  families: [tokenRoutes(tokens)],
})

beforeAll(async () => {
  await tokens.ensureGlobalKeys()
  const created = await app.inject({ method: 'PUT', url: '/meshes/shop', payload: { type: 'Mesh', name: 'shop' } })
  expect(created.statusCode).toBe(201)
})
afterAll(() => app.close())

const post = (path: string, payload: object, more: object = {}) => app.inject({ method: 'POST', url: `/tokens/${path}`, payload, ...more })

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

test('from elsewhere only administrators get tokens', async () => {
  const elsewhere = { remoteAddress: '192.0.2.1', headers: { host: 'cp.example' } }
  for (const path of ['dataplane', 'user', 'zone']) {
    expect((await post(path, { mesh: 'shop', name: 'x', scope: [], validFor: '1h' }, elsewhere)).statusCode).toBe(403)
  }
  const as = async (...groups: string[]) => {
    const token = await tokens.issueUser({ name: 'jo', groups }, 60_000)
    return { ...elsewhere, headers: { ...elsewhere.headers, authorization: `Bearer ${token}` } }
  }
  expect((await post('dataplane', { mesh: 'shop' }, await as('ops'))).statusCode).toBe(403)
  expect((await post('dataplane', { mesh: 'shop' }, await as('mesh-system:admin'))).statusCode).toBe(200)
})

test('a user token that is none is refused, also on loopback', async () => {
  const answer = await post('dataplane', { mesh: 'shop' }, { headers: { authorization: 'Bearer x.y.z' } })
  expect([answer.statusCode, answer.json().title]).toEqual([401, 'Invalid authentication data'])
})

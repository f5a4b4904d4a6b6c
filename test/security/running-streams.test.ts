import { afterEach, describe, expect, test } from 'vitest'
import type { Resource } from '../../src/core/resource.js'
import type { Store } from '../../src/core/store.js'
import { type ControlPlane, createControlPlane } from '../../src/server/control-plane.js'
import { type AdsServer, createAdsServer } from '../../src/server/grpc.js'
import { secretKey, secretNames, secretOf } from '../../src/server/secrets.js'
import { tokenAuthenticator } from '../../src/server/tokens/proxy-authenticator.js'
import { meshTokenKeyRule } from '../../src/server/tokens/rule.js'
import { type DataplaneIdentity, createTokens } from '../../src/server/tokens/tokens.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'
import { type TestProxy, deltaProxy } from '../xds/proxy.js'
import { decodeJwt } from 'jose'

const mesh: Resource = { type: 'Mesh', name: 'shop', labels: {}, spec: {} }
const dataplane = (name: string, service: string): Resource => ({
  type: 'Dataplane',
  mesh: 'shop',
  name,
  labels: {},
  spec: { networking: { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': service } }] } },
})
const open: DataplaneIdentity = { mesh: 'shop', name: '', tags: {}, type: '', workload: '' }

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Running {
  readonly store: Store
  connect(name: string, identity?: Partial<DataplaneIdentity>): Promise<{ proxy: TestProxy; token: string }>
}

async function start(): Promise<Running> {
  const store = createMemoryStore()
  const tokens = createTokens({ store })
  const keys = (await meshTokenKeyRule({ store }).accompany?.(mesh, undefined)) ?? []
  const proxies = [dataplane('web-1', 'web'), dataplane('web-2', 'web')]
  await store.write([{ op: 'put', resource: mesh }, ...keys, ...proxies.map((resource) => ({ op: 'put' as const, resource }))])
  const controlPlane: ControlPlane = await createControlPlane({
    store,
    registry,
    zone: 'default',
    instanceId: 'cp-1',
    authenticator: tokenAuthenticator(tokens, 'default'),
  })
  closers.push(() => controlPlane.close())
  const server: AdsServer = createAdsServer({ host: controlPlane, instanceId: 'cp-1' })
  closers.push(() => server.close())
  const address = `127.0.0.1:${await server.listen({ port: 0 })}`
  return {
    store,
    async connect(name, identity = {}) {
      const token = await tokens.issueDataplane({ ...open, ...identity }, 3_600_000)
      const proxy = deltaProxy({ address, id: `shop.${name}`, authorization: token })
      closers.push(() => proxy.close())
      await proxy.until(({ listeners }) => listeners.has('inbound:10.0.0.1:8080'))
      return { proxy, token }
    },
  }
}

const unauthenticated = 16

describe('a stream that runs', () => {
  test('ends when its token is revoked, and no other does', async () => {
    const { store, connect } = await start()
    const [one, two] = [await connect('web-1'), await connect('web-2')]
    const revoked = secretOf(secretKey('shop', secretNames.dataplaneTokenRevocations('shop')), decodeJwt(one.token).jti ?? '')
    await store.write([{ op: 'put', resource: revoked }])
    expect(await one.proxy.ended).toMatchObject({ code: unauthenticated, details: expect.stringContaining('token is revoked') })
    await store.write([{ op: 'put', resource: dataplane('web-3', 'web') }])
    expect(await Promise.race([two.proxy.ended, 'runs'])).toBe('runs')
  })

  test('ends when the key that signed its token goes', async () => {
    const { store, connect } = await start()
    const { proxy } = await connect('web-1')
    await store.write([{ op: 'delete', key: secretKey('shop', `${secretNames.dataplaneTokenKey('shop')}-1`) }])
    expect((await proxy.ended).code).toBe(unauthenticated)
  })

  test('ends when its proxy claims tags that its token is not good for', async () => {
    const { store, connect } = await start()
    const { proxy } = await connect('web-1', { tags: { 'kuma.io/service': ['web'] } })
    await store.write([{ op: 'put', resource: dataplane('web-1', 'payments') }])
    expect(await proxy.ended).toMatchObject({ code: unauthenticated, details: expect.stringContaining('"payments" which is not allowed') })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitForProxies } from '../src/cmd/kumactl/wait.js'
import type { Resource } from '../src/core/resource.js'
import type { Store } from '../src/core/store.js'
import { createApi } from '../src/server/api/index.js'
import { convergenceRoutes } from '../src/server/api/convergence.js'
import { type ControlPlane, createControlPlane } from '../src/server/control-plane.js'
import { type AdsServer, createAdsServer } from '../src/server/grpc.js'
import { type Convergence, NotSettled } from '../src/server/receipts.js'
import { createMemoryStore } from '../src/store/memory.js'
import { registry } from '../src/translate/kinds.js'
import { type ProxyOptions, type TestProxy, sotwProxy } from './xds/proxy.js'

const mesh = (name: string): Resource => ({ type: 'Mesh', name, labels: {}, spec: {} })
const dataplane = (name: string, address: string, outbounds: readonly string[] = [], inMesh = 'default'): Resource => ({
  type: 'Dataplane',
  mesh: inMesh,
  name,
  labels: {},
  spec: {
    networking: {
      address,
      inbound: [{ port: 8080, tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'tcp' } }],
      outbound: outbounds.map((to, i) => ({ port: 10_000 + i, address: '127.0.0.1', tags: { 'kuma.io/service': to } })),
    },
  },
})

let store: Store
let controlPlane: ControlPlane
let server: AdsServer
let address: string
let proxies: TestProxy[]

beforeEach(async () => {
  proxies = []
  store = createMemoryStore()
  await start()
})
afterEach(async () => {
  for (const proxy of proxies) proxy.close()
  await stop()
  await store.close()
})

async function start(): Promise<void> {
  const authenticator = { required: false, authenticate: async () => {} }
  controlPlane = await createControlPlane({ store, registry, zone: 'default', instanceId: 'cp-1', authenticator })
  server = createAdsServer({ host: controlPlane, instanceId: 'cp-1' })
  address = `127.0.0.1:${await server.listen({ port: 0 })}`
}

async function stop(): Promise<void> {
  await server.close()
  await controlPlane.close()
}

function connect(name: string, options: Partial<ProxyOptions> = {}, inMesh = 'default'): TestProxy {
  const proxy = sotwProxy({ address, id: `${inMesh}.${name}`, ...options })
  proxies.push(proxy)
  return proxy
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 5))
/** Waits until all that were started are connected and have what there is. */
async function connected(): Promise<void> {
  while (controlPlane.sessions.size < proxies.length) await soon()
  await controlPlane.settled()
}
const put = (...resources: Resource[]) => store.write(resources.map((resource) => ({ op: 'put', resource })))
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
const standing = ({ running, pending, refused, offline }: Convergence) => ({
  running: names(running),
  pending: pending.map(({ proxy, gone }) => (gone ? `${proxy.name}, gone` : proxy.name)),
  refused: refused.map(({ proxy }) => proxy.name),
  offline: names(offline),
})
const nobody = { running: [], pending: [], refused: [], offline: [] }

describe('a change is settled', () => {
  it('at once where there are no proxies, or none is connected', async () => {
    expect(standing(await controlPlane.settled(await put(mesh('default'))))).toEqual(nobody)
    const change = await put(dataplane('web', '10.0.0.1'))
    expect(standing(await controlPlane.settled(change))).toEqual({ ...nobody, offline: ['web'] })
  })

  it('when every proxy acknowledged what it means for it', async () => {
    await put(mesh('default'), dataplane('web', '10.0.0.1', ['api']), dataplane('api', '10.0.0.2'), dataplane('away', '10.0.0.3'))
    const [web, api] = [connect('web'), connect('api')]
    await connected()
    expect(web.held.endpoints.has('api') && api.held.listeners.size > 0).toBe(true)
    const receipt = await controlPlane.settled(await put(dataplane('web', '10.0.0.9', ['api'])))
    expect(standing(receipt)).toEqual({ ...nobody, running: ['api', 'web'], offline: ['away'] })
    expect(web.held.listeners.has('inbound:10.0.0.9:8080')).toBe(true)
  })

  it('not as long as one proxy does not answer; and it tells which when the time is up', async () => {
    await put(mesh('default'), dataplane('web', '10.0.0.1'), dataplane('api', '10.0.0.2'))
    const web = connect('web')
    await connected()
    const mute = connect('api', { silentAbout: () => true })
    while (controlPlane.sessions.size < 2) await soon()
    const change = await put(dataplane('web', '10.0.0.9'))
    await web.until(({ listeners }) => listeners.has('inbound:10.0.0.9:8080'))
    const failure = await controlPlane.settled(change, { timeout: 50 }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(NotSettled)
    expect(standing((failure as NotSettled).convergence).pending).toEqual(['api'])
    mute.close()
    const gone = async () => standing(await controlPlane.convergence(change)).pending
    while ((await gone()).join() !== 'api, gone') await soon()
    connect('api')
    expect(standing(await controlPlane.settled(change))).toEqual({ ...nobody, running: ['api', 'web'] })
  })

  it('with the refusals of those who refuse part of it, and later changes are not held against them', async () => {
    await put(mesh('default'), dataplane('web', '10.0.0.1', ['api']), dataplane('api', '10.0.0.2'))
    const refuses: ProxyOptions['refuses'] = ({ type, resources }) =>
      type === 'listeners' && resources.some(({ bytes }) => Buffer.from(bytes).includes('10.0.0.66'))
        ? 'Error adding/updating listener(s) inbound:10.0.0.66:8080: cannot bind'
        : undefined
    const web = connect('web', { refuses })
    connect('api')
    await connected()
    const bad = await put(dataplane('web', '10.0.0.66', ['api']))
    const receipt = await controlPlane.settled(bad)
    expect(standing(receipt)).toEqual({ ...nobody, running: ['api'], refused: ['web'] })
    expect(receipt.refused[0]?.refusals).toMatchObject([
      { type: 'listeners', name: 'inbound:10.0.0.66:8080', reason: expect.stringContaining('cannot bind') },
    ])
    const good = await put(dataplane('api', '10.0.0.7'))
    expect(standing(await controlPlane.settled(good)).refused).toEqual([])
    expect(Buffer.from(web.held.endpoints.get('api') ?? []).includes('10.0.0.7')).toBe(true)
    expect(standing(await controlPlane.convergence(bad)).refused).toEqual(['web'])
    await controlPlane.settled(await put(dataplane('web', '10.0.0.1', ['api'])))
    expect(standing(await controlPlane.convergence(bad)).refused).toEqual([])
  })

  it('not before those are back that were connected when the control plane stopped', async () => {
    await put(mesh('default'), dataplane('web', '10.0.0.1'))
    const open = { subscriptions: [{ id: 'earlier', connectTime: '2026-01-01T00:00:00Z', status: {} }] }
    await put({ type: 'DataplaneInsight', mesh: 'default', name: 'web', labels: {}, spec: open })
    await stop()
    await start()
    const change = await put(dataplane('api', '10.0.0.2'))
    const failure = await controlPlane.settled(change, { timeout: 1 }).catch((error: unknown) => error)
    expect(standing((failure as NotSettled).convergence)).toEqual({ ...nobody, pending: ['web, gone'], offline: ['api'] })
    connect('web')
    expect(standing(await controlPlane.settled(change))).toEqual({ ...nobody, running: ['web'], offline: ['api'] })
  })

  it('unless whoever waits gives up, or the control plane is closed', async () => {
    await put(mesh('default'), dataplane('web', '10.0.0.1'))
    connect('web', { silentAbout: () => true })
    while (controlPlane.sessions.size < 1) await soon()
    const change = await put(dataplane('web', '10.0.0.2'))
    const signal = AbortSignal.timeout(20)
    await expect(controlPlane.settled(change, { signal })).rejects.toBe(await aborted(signal))
    await expect(controlPlane.settled(change, { signal })).rejects.toBe(signal.reason)
    const waiting = controlPlane.settled(change)
    const closed = expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await soon()
    await stop()
    await closed
    await expect(controlPlane.settled(change)).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('over the API', () => {
  const about = { product: 'Kuma', version: '0', hostname: 'h', instanceId: 'i', clusterId: 'c' }
  const api = () => createApi({ store, registry, about, families: [convergenceRoutes(controlPlane)] })

  it('tells who runs a change, of all meshes or one, and waits when asked to', async () => {
    await put(mesh('default'), mesh('other'), dataplane('web', '10.0.0.1'), dataplane('x', '10.9.0.1', [], 'other'))
    connect('web')
    await connected()
    const app = api()
    const get = async (url: string) => JSON.parse((await app.inject(url)).body) as Record<string, unknown>
    const { position } = await get('/_convergence')
    expect(await get('/_convergence?wait=5')).toEqual({
      position,
      since: (position as number) - 1,
      settled: true,
      total: 2,
      running: [{ type: 'Dataplane', mesh: 'default', name: 'web' }],
      pending: [],
      refused: [],
      offline: [{ type: 'Dataplane', mesh: 'other', name: 'x' }],
    })
    expect(await get('/meshes/other/_convergence')).toMatchObject({ total: 1, offline: [{ name: 'x' }] })
    expect((await app.inject('/meshes/nowhere/_convergence')).statusCode).toBe(404)
    expect((await app.inject('/_convergence?wait=ever')).json()).toMatchObject({ status: 400, detail: expect.stringContaining('"wait"') })
    await app.close()
  })

  it('kumactl waits, and fails for what is refused', async () => {
    await put(mesh('default'), dataplane('web', '10.0.0.1'))
    connect('web', { refuses: ({ type }) => (type === 'listeners' ? 'listener inbound:10.0.0.1:8080: no' : undefined) })
    while (controlPlane.sessions.size < 1) await soon()
    const app = api()
    let said = ''
    const say = (text: string) => void (said += text)
    const terminal = { out: say, err: say, readStdin: async () => '', now: () => new Date(), registry }
    const client = { get: async (path: string): Promise<unknown> => (await app.inject(path)).json() }
    await expect(waitForProxies(client, { since: 0, timeoutMs: 30_000 }, terminal)).rejects.toThrow('1 proxies refuse part of the change')
    expect(said).toContain('Dataplane "web" of mesh "default" refuses listeners "inbound:10.0.0.1:8080"')
    await app.close()
  })
})

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Resource } from '../src/core/resource.js'
import { soleLeader } from '../src/core/leader.js'
import type { Store } from '../src/core/store.js'
import { Listener } from '../src/gen/envoy/config/listener/v3/listener.js'
import { createControlPlane } from '../src/server/control-plane.js'
import { createAdsServer } from '../src/server/grpc.js'
import { ResourceWriter } from '../src/server/resource-writer.js'
import { type UpkeepOptions, createUpkeep } from '../src/server/upkeep/upkeep.js'
import { openEmbeddedStore } from '../src/store/embedded.js'
import { createMemoryStore } from '../src/store/memory.js'
import { registry } from '../src/translate/kinds.js'
import { dnsRecords as records } from './xds/dns-records.js'
import { type TestProxy, sotwProxy } from './xds/proxy.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const mesh: Resource = {
  type: 'Mesh',
  name: 'default',
  labels: {},
  spec: { meshServices: { mode: 'Exclusive' }, skipCreatingInitialPolicies: ['*'] },
}
const dataplane = (name: string, service: string, port = 8080, labels: Record<string, string> = {}): Resource => ({
  type: 'Dataplane',
  mesh: 'default',
  name,
  labels,
  spec: {
    networking: {
      address: '127.0.0.1',
      inbound: [{ port, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' } }],
      transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 },
    },
  },
})
const generator = (name: string, template: string): Resource => ({
  type: 'HostnameGenerator',
  name,
  labels: {},
  spec: { selector: { meshService: {} }, template },
})

/** Of a mesh whose services are known by their tags. */
const tagged: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: { skipCreatingInitialPolicies: ['*'] } }

interface Running {
  apply(...resources: Resource[]): Promise<void>
  connect(name: string): TestProxy
  stop(): Promise<void>
}

/** What kuma-cp starts, around a store. */
async function start(store: Store, options: Partial<UpkeepOptions> = {}): Promise<Running> {
  const authenticator = { required: false, authenticate: async () => {} }
  const controlPlane = await createControlPlane({
    store,
    registry,
    zone: 'default',
    instanceId: 'cp-1',
    authenticator,
    leader: soleLeader(store),
  })
  const upkeep = createUpkeep({ store, leader: soleLeader(store), registry, zone: 'default', ...options })
  const server = createAdsServer({ host: controlPlane, instanceId: 'cp-1' })
  const address = `127.0.0.1:${await server.listen({ port: 0 })}`
  const writer = new ResourceWriter({ store, registry, zone: 'default', rules: [] })
  const proxies: TestProxy[] = []
  let running = true
  const stop = async () => {
    if (!running) return
    running = false
    for (const proxy of proxies) proxy.close()
    await server.close()
    await upkeep.close()
    await controlPlane.close()
  }
  closing.push(stop)
  return {
    async apply(...resources) {
      for (const resource of resources) expect((await writer.put(resource)).refusal).toBeUndefined()
    },
    connect(name) {
      const features = ['feature-embedded-dns', 'feature-unified-resource-naming']
      const proxy = sotwProxy({ address, id: `default.${name}`, metadata: { features, 'dataplane.dns.port': '15053', workdir: '/tmp' } })
      proxies.push(proxy)
      return proxy
    },
    stop,
  }
}

/** Waits until something in the store fits. */
async function stored(store: Store, type: string, name: string, fits: (resource: Resource | undefined) => boolean): Promise<Resource> {
  for (;;) {
    const key = type === 'HostnameGenerator' ? { type, name } : { type, mesh: 'default', name }
    const resource = (await store.get(key))?.resource
    if (fits(resource)) return resource as Resource
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const addressOf = (proxy: TestProxy, ip: string) =>
  [...proxy.held.listeners.values()].some((bytes) => {
    const { address } = Listener.decode(bytes).address ?? {}
    return address?.$case === 'socketAddress' && address.socketAddress.address === ip
  })

const vip = (resource: Resource | undefined) => (resource?.status as { vips?: { ip: string }[] } | undefined)?.vips?.[0]?.ip
const counts = (resource: Resource | undefined) => (resource?.status as { dataplaneProxies?: object } | undefined)?.dataplaneProxies

it('gives a proxy names and addresses of the services that come of Dataplanes, the same ones after a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kuma-upkeep-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'kuma.db')
  const first = await openEmbeddedStore({ path })
  const before = await start(first)
  await before.apply(mesh, generator('corp', '{{ .DisplayName }}.corp'), dataplane('web-1', 'web'), dataplane('orders-1', 'orders'))
  const web = before.connect('web-1')
  await web.until(() => Object.keys(records(web)).length === 4)
  const names = records(web)
  expect(Object.keys(names).sort()).toEqual(['orders.corp', 'orders.svc.mesh.local', 'web.corp', 'web.svc.mesh.local'])
  expect(new Set(Object.values(names)).size).toBe(2)
  await web.until(() => addressOf(web, names['orders.corp'] ?? ''))

  // A service whose name comes first takes no address of those that are there.
  await before.apply(dataplane('api-1', 'api'))
  await web.until(() => 'api.corp' in records(web))
  expect(records(web)).toMatchObject(names)
  const all = records(web)
  await before.stop()
  await first.close()

  const second = await openEmbeddedStore({ path })
  closing.push(() => second.close())
  const after = await start(second)
  const again = after.connect('web-1')
  await again.until(() => Object.keys(records(again)).length === 6)
  expect(records(again)).toEqual(all)
  await after.apply(dataplane('a-1', 'a'))
  await again.until(() => 'a.corp' in records(again))
  expect(records(again)).toMatchObject(all)
  await after.stop()
})

it('leaves addresses of tagged services where they are, whatever comes before them, also after a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kuma-upkeep-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'kuma.db')
  const first = await openEmbeddedStore({ path })
  const before = await start(first)
  await before.apply(tagged, dataplane('web-1', 'web'), dataplane('orders-1', 'orders'))
  const web = before.connect('web-1')
  await web.until(() => 'orders.mesh' in records(web))
  const names = records(web)
  expect(Object.keys(names).sort()).toEqual(['orders.mesh', 'web.mesh'])
  await before.apply(dataplane('api-1', 'api'))
  await web.until(() => 'api.mesh' in records(web))
  expect(records(web)).toMatchObject(names)
  const all = records(web)
  await first.write([{ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'orders-1' } }])
  await web.until(() => !('orders.mesh' in records(web)))
  await before.stop()
  await first.close()

  const second = await openEmbeddedStore({ path })
  closing.push(() => second.close())
  const after = await start(second)
  await after.apply(dataplane('a-1', 'a'), dataplane('orders-2', 'orders'))
  const again = after.connect('web-1')
  await again.until(() => 'a.mesh' in records(again) && 'orders.mesh' in records(again))
  expect(records(again)).toMatchObject(all)
  await second.write([{ op: 'delete', key: { type: 'Mesh', name: 'default' } }])
  expect((await second.list({ type: 'MeshInsight' })).items).toEqual([])
  await after.stop()
})

it('never hands out an address again, and writes nothing that changes nothing', async () => {
  const store = createMemoryStore()
  const { apply } = await start(store, { meshServiceGraceMs: 10 })
  await apply(mesh, dataplane('web-1', 'web'), dataplane('orders-1', 'orders'))
  const orders = vip(await stored(store, 'MeshService', 'orders', (one) => vip(one) !== undefined))
  await store.write([{ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name: 'orders-1' } }])
  await stored(store, 'MeshService', 'orders', (one) => one === undefined)
  await apply(dataplane('new-1', 'new'))
  expect(vip(await stored(store, 'MeshService', 'new', (one) => vip(one) !== undefined))).not.toBe(orders)

  const events: string[] = []
  store.watch((told) => void (told !== 'reset' && events.push(...told.map(({ key }) => `${key.type}/${key.name}`))))
  await apply(dataplane('web-2', 'web'))
  await stored(store, 'MeshService', 'web', (one) => (counts(one) as { total?: number }).total === 2)
  await apply(generator('more', 'more.{{ .Name }}'))
  await stored(store, 'MeshService', 'new', (one) => JSON.stringify(one).includes('more.new'))
  expect(events).toEqual(['Dataplane/web-2', 'MeshService/web', 'HostnameGenerator/more', 'MeshService/web', 'MeshService/new'])
})

it('keeps a service without proxies for a time, and lets it be when they are back', async () => {
  const store = createMemoryStore()
  const started = new Date('2026-03-01T10:00:00Z')
  let now = started
  const { apply, stop } = await start(store, { clock: () => now })
  await apply(mesh, dataplane('web-1', 'web'), dataplane('db-1', 'db'))
  await stored(store, 'MeshService', 'web', (one) => vip(one) !== undefined)
  const gone = (name: string) => store.write([{ op: 'delete', key: { type: 'Dataplane', mesh: 'default', name } }])
  await gone('web-1')
  await gone('db-1')
  const since = 'kuma.io/deletion-grace-period-started-at'
  for (const name of ['web', 'db']) await stored(store, 'MeshService', name, (one) => one?.labels[since] === '2026-03-01T10:00:00.000Z')
  await apply(dataplane('web-2', 'web', 9090))
  const back = await stored(store, 'MeshService', 'web', (one) => !(since in (one?.labels ?? {})))
  expect(back.spec).toMatchObject({ ports: [{ port: 9090 }] })
  await stop()

  now = new Date('2026-03-01T11:00:01Z')
  await start(store, { clock: () => now })
  await stored(store, 'MeshService', 'db', (one) => one === undefined)
  expect(await store.get({ type: 'MeshService', mesh: 'default', name: 'web' })).toBeDefined()
})

it('removes what it made where a mesh wants no MeshServices any more, and leaves what others made', async () => {
  const store = createMemoryStore()
  const { apply } = await start(store)
  const own: Resource = {
    type: 'MeshService',
    mesh: 'default',
    name: 'own',
    labels: {},
    spec: { selector: {}, ports: [{ port: 80, appProtocol: 'tcp' }] },
  }
  await apply(mesh, own, dataplane('web-1', 'web'))
  await stored(store, 'MeshService', 'web', (one) => vip(one) !== undefined)
  await stored(store, 'MeshService', 'own', (one) => vip(one) !== undefined)
  await apply({ ...mesh, spec: { meshServices: { mode: 'Disabled' } } })
  await stored(store, 'MeshService', 'web', (one) => one === undefined)
  expect((await store.get({ type: 'MeshService', mesh: 'default', name: 'own' }))?.resource.spec).toMatchObject({ selector: {} })
})

it('counts connected proxies of services and workloads, and takes away proxies that are gone for long', async () => {
  const store = createMemoryStore()
  const { apply, connect } = await start(store, { dataplaneCleanupMs: 50 })
  await apply(mesh, dataplane('web-1', 'web', 8080, { 'kuma.io/workload': 'front' }), dataplane('web-2', 'web'))
  const proxy = connect('web-1')
  await proxy.until(({ listeners }) => listeners.size > 0)
  await stored(store, 'Workload', 'front', (one) => JSON.stringify(counts(one)) === '{"connected":1,"healthy":1,"total":1}')
  await stored(store, 'MeshService', 'web', (one) => JSON.stringify(counts(one)) === '{"connected":1,"healthy":2,"total":2}')
  proxy.close()
  await stored(store, 'Dataplane', 'web-1', (one) => one === undefined)
  await stored(store, 'Workload', 'front', (one) => one === undefined)
  await stored(store, 'MeshService', 'web', (one) => JSON.stringify(counts(one)) === '{"healthy":1,"total":1}')
  expect(await store.get({ type: 'Dataplane', mesh: 'default', name: 'web-2' })).toBeDefined()
})

it('keeps up with a store that lost count, and stops with its term', async () => {
  const store = createMemoryStore()
  let lose = () => {}
  const bound: Store = {
    write: (writes) => store.write(writes),
    get: (key) => store.get(key),
    list: (query) => store.list(query),
    close: () => store.close(),
    watch(onEvents, from) {
      lose = () => onEvents('reset')
      return store.watch(onEvents, from)
    },
  }
  await store.write([mesh, dataplane('first-1', 'first')].map((resource) => ({ op: 'put', resource })))
  const leader = soleLeader(bound)
  createUpkeep({ store: bound, leader, registry, zone: 'default' })
  await stored(store, 'MeshService', 'first', (one) => vip(one) !== undefined)
  lose()
  await store.write([{ op: 'put', resource: dataplane('web-1', 'web') }])
  await stored(store, 'MeshService', 'web', (one) => vip(one) !== undefined)
  await leader.close()
  await store.write([{ op: 'put', resource: dataplane('late-1', 'late') }])
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await store.get({ type: 'MeshService', mesh: 'default', name: 'late' })).toBeUndefined()
})

/**
 * `npx tsx bench/postgres.ts [latency] [registering] [idle]`: what several control planes on one PostgreSQL take, with a real
 * server that syncs to disk. Everything runs on this machine, and the control planes in one process: with others on it, times
 * are longer than they have to be, counts are not.
 */
import type { Resource } from '../src/core/resource.js'
import { type ControlPlane, createControlPlane } from '../src/server/control-plane.js'
import { type AdsServer, createAdsServer } from '../src/server/grpc.js'
import { createInsightWriter } from '../src/server/insight-writer.js'
import { silentLog } from '../src/server/log.js'
import { ResourceWriter } from '../src/server/resource-writer.js'
import { createUpkeep } from '../src/server/upkeep/upkeep.js'
import { type PostgresStore, openPostgresStore } from '../src/store/postgres.js'
import { registry } from '../src/translate/kinds.js'
import { type TestProxy, deltaProxy } from '../test/xds/proxy.js'
import { benchDatabase } from './postgres-server.js'

interface Replica {
  readonly store: PostgresStore
  readonly controlPlane: ControlPlane
  readonly server: AdsServer
  readonly address: string
  close(): Promise<void>
}

const database = await benchDatabase()
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const dataplane = (index: number, outbounds: readonly string[] = []): Resource => ({
  type: 'Dataplane',
  mesh: 'default',
  name: `dp-${index}`,
  labels: {},
  spec: {
    networking: {
      address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      inbound: [{ port: 8080, tags: { 'kuma.io/service': `service-${index % 100}`, 'kuma.io/protocol': 'http' } }],
      outbound: outbounds.map((service, i) => ({ port: 10_000 + i, tags: { 'kuma.io/service': service } })),
    },
  },
})
const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: { skipCreatingInitialPolicies: ['*'] } }
const timeout = (ms: number): Resource => ({
  type: 'MeshTimeout',
  mesh: 'default',
  name: 'timeout',
  labels: {},
  spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: `${ms}ms` } }] },
})
const put = (resource: Resource) => ({ op: 'put', resource }) as const

async function replica(index: number): Promise<Replica> {
  const store = await openPostgresStore(database.connection)
  const instanceId = `cp-${index}`
  const controlPlane = await createControlPlane({
    store,
    registry,
    zone: 'default',
    instanceId,
    alone: false,
    authenticator: { required: false, authenticate: async () => {} },
  })
  const server = createAdsServer({ host: controlPlane, instanceId })
  const address = `127.0.0.1:${await server.listen({ port: 0 })}`
  const upkeep = createUpkeep({ store, leader: store.leader, registry, zone: 'default' })
  const close = async () => {
    await server.close()
    await upkeep.close()
    await controlPlane.close()
    await store.close()
  }
  return { store, controlPlane, server, address, close }
}

async function withReplicas(measure: (replicas: readonly [Replica, Replica, Replica]) => Promise<void>): Promise<void> {
  const replicas = [await replica(1), await replica(2), await replica(3)] as const
  try {
    await measure(replicas)
  } finally {
    for (const one of replicas) await one.close()
  }
}

function percentile(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1)
}

/** From the commit at one replica to the bytes on a proxy's stream at another. */
async function latency([one, two]: readonly [Replica, Replica, Replica]): Promise<void> {
  const written = await one.store.write([put(mesh), ...Array.from({ length: 200 }, (_, i) => put(dataplane(i, ['service-1'])))])
  while (two.controlPlane.position < Math.max(...written.map((stored) => stored?.version ?? 0))) await sleep(5)
  const proxy = deltaProxy({ address: two.address, id: 'default.dp-0' })
  await proxy.until(({ listeners }) => listeners.size > 0)
  await sleep(1000)
  const taken: number[] = []
  for (let i = 0; i < 300; i++) {
    const before = proxy.responses.length
    await one.store.write([put(timeout(1000 + i))])
    const committed = performance.now()
    await proxy.until(() => proxy.responses.length > before)
    taken.push(performance.now() - committed)
    await sleep(10)
  }
  proxy.close()
  const sorted = taken.sort((a, b) => a - b)
  const [p50, p99, most] = [percentile(sorted, 0.5), percentile(sorted, 0.99), percentile(sorted, 1)]
  console.log(
    `commit at one replica to bytes at another's proxy: p50 ${p50} ms, p99 ${p99} ms, max ${most} ms (300 changes, 200 dataplanes)`,
  )
}

/** What 10,000 proxies that bring their Dataplanes along make the database do, and their insights; without what is served to them. */
async function registering(): Promise<void> {
  const count = 10_000
  const open = () => openPostgresStore(database.connection)
  const stores = [await open(), await open(), await open()] as const
  await stores[0].write([put(mesh)])
  const [statementsBefore, cpuBefore, began] = [await database.statements(), database.cpuSeconds(), performance.now()]
  let errors = 0
  let next = 0
  const clients = stores.flatMap((store, at) => {
    const writer = new ResourceWriter({ store, registry, zone: 'default', rules: [] })
    const insights = createInsightWriter({ store, log: silentLog })
    const connectTime = new Date().toISOString()
    const client = async () => {
      for (let index = next++; index < count; index = next++) {
        const proxy = dataplane(index)
        const { refusal } = await writer.put(proxy).catch((error: Error) => ({ refusal: error }))
        if (refusal) errors += 1
        insights.note(
          { proxy, subscription: { id: `${index}`, controlPlaneInstanceId: `cp-${at}`, connectTime, status: {} }, metadata: {} },
          true,
        )
      }
    }
    return [Promise.all(Array.from({ length: 100 }, client)).then(() => insights.close())]
  })
  await Promise.all(clients)
  const [ms, done, seconds] = [
    performance.now() - began,
    (await database.statements()) - statementsBefore,
    database.cpuSeconds() - cpuBefore,
  ]
  const stored = (await stores[1].list({ type: 'Dataplane' })).items.length
  const insights = (await stores[2].list({ type: 'DataplaneInsight' })).items.length
  console.log(
    `${count} dataplanes register through 3 replicas: ${errors} errors, ${stored} stored, ${insights} insights, ${(ms / 1000).toFixed(1)} s`,
  )
  await Promise.all(stores.map((store) => store.close()))
  console.log(`  PostgreSQL: ${done} statements, ${(done / count).toFixed(2)} a dataplane; ${seconds.toFixed(1)} s of CPU`)
}

/** What connected proxies that do nothing make the database do. */
async function idle(replicas: readonly [Replica, Replica, Replica]): Promise<void> {
  const count = 1000
  const written = await replicas[0].store.write([put(mesh), ...Array.from({ length: count }, (_, i) => put(dataplane(i)))])
  const position = Math.max(...written.map((stored) => stored?.version ?? 0))
  for (const { controlPlane } of replicas) while (controlPlane.position < position) await sleep(5)
  const proxies: TestProxy[] = []
  for (let i = 0; i < count; i++) {
    const proxy = deltaProxy({ address: replicas[i % 3]?.address ?? '', id: `default.dp-${i}` })
    proxies.push(proxy)
    if (i % 50 === 49) await Promise.all(proxies.slice(-50).map((one) => one.until(({ listeners }) => listeners.size > 0)))
  }
  // Until what connecting brought about is written.
  await sleep(30_000)
  const [before, cpuBefore, began] = [await database.statements(), database.cpuSeconds(), performance.now()]
  await sleep(40_000)
  const seconds = (performance.now() - began) / 1000
  const done = (await database.statements()) - before
  console.log(
    `${count} idle proxies at 3 replicas: ${(done / seconds).toFixed(2)} statements a second in all, over ${seconds.toFixed(0)} s`,
  )
  console.log(`  PostgreSQL: ${(((database.cpuSeconds() - cpuBefore) / seconds) * 100).toFixed(2)} % of a core`)
  for (const proxy of proxies) proxy.close()
}

const measures = { latency: () => withReplicas(latency), registering, idle: () => withReplicas(idle) }
const wanted = process.argv.slice(2)
try {
  for (const [name, measure] of Object.entries(measures)) if (wanted.length === 0 || wanted.includes(name)) await database.fresh(measure)
} finally {
  await database.close()
}

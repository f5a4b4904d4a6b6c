import { afterEach, describe, expect, it } from 'vitest'
import { Cluster } from '../../src/gen/envoy/config/cluster/v3/cluster.js'
import type { Resource } from '../../src/core/resource.js'
import type { Stored } from '../../src/core/store.js'
import { type ControlPlane, createControlPlane } from '../../src/server/control-plane.js'
import { type AdsServer, createAdsServer } from '../../src/server/grpc.js'
import type { PostgresConnection, PostgresStore } from '../../src/store/postgres.js'
import { type ResourceTypeName, resourceTypes } from '../../src/translate/snapshot.js'
import { registry } from '../../src/translate/kinds.js'
import { mesh, put } from '../store-contract/samples.js'
import { postgres, postgresServer } from '../with-postgres.js'
import { type TestProxy, deltaProxy } from '../xds/proxy.js'

interface Replica {
  readonly store: PostgresStore
  readonly controlPlane: ControlPlane
  readonly server: AdsServer
  readonly address: string
}

const web: Resource = {
  type: 'Dataplane',
  mesh: 'default',
  name: 'web',
  labels: {},
  spec: {
    networking: {
      address: '10.0.0.1',
      inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }],
      outbound: [{ port: 10_000, tags: { 'kuma.io/service': 'orders' } }],
    },
  },
}
const timeout = (connectionTimeout: string): Resource => ({
  type: 'MeshTimeout',
  mesh: 'default',
  name: 'timeout',
  labels: {},
  spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout } }] },
})

describe.skipIf(postgres.missing)(`several control planes on PostgreSQL ${postgres.reason}`, () => {
  const test = postgresServer()
  const replicas: Replica[] = []
  const proxies: TestProxy[] = []

  async function replica(connection: PostgresConnection, instanceId: string): Promise<Replica> {
    const store = await test.open(connection)
    const controlPlane = await createControlPlane({
      store,
      registry,
      zone: 'default',
      instanceId,
      alone: false,
      authenticator: { required: false, authenticate: async () => {} },
      insights: { urgentMs: 0 },
    })
    const server = createAdsServer({ host: controlPlane, instanceId })
    const made = { store, controlPlane, server, address: `127.0.0.1:${await server.listen({ port: 0 })}` }
    replicas.push(made)
    return made
  }

  function connect(address: string, initialVersions?: Partial<Record<ResourceTypeName, Record<string, string>>>): TestProxy {
    const proxy = deltaProxy({ address, id: 'default.web', initialVersions })
    proxies.push(proxy)
    return proxy
  }

  /** Waits until a write of one control plane is known to another: a proxy that comes before that is sent away, and comes again. */
  const known = (replica: Replica, written: readonly (Stored | undefined)[]) =>
    expect.poll(() => replica.controlPlane.position).toBeGreaterThanOrEqual(Math.max(...written.map((stored) => stored?.version ?? 0)))

  /** Waits until the proxy connects to its clusters as a timeout says. */
  const connectsIn = (proxy: TestProxy, seconds: number) =>
    proxy.until(({ clusters }) =>
      [...clusters.values()].map((b) => Cluster.decode(b)).some((c) => c.name === 'orders' && c.connectTimeout?.seconds === seconds),
    )

  afterEach(async () => {
    for (const proxy of proxies.splice(0)) proxy.close()
    for (const { server, controlPlane } of replicas.splice(0)) {
      await server.close()
      await controlPlane.close()
    }
  })

  it('each takes writes and serves what any of them took', async () => {
    const connection = await test.database()
    const [one, two] = [await replica(connection, 'cp-1'), await replica(connection, 'cp-2')]
    await known(two, await one.store.write([put(mesh()), put(web)]))
    await known(one, await two.store.write([put(timeout('7s'))]))
    const [first, second] = [connect(one.address), connect(two.address)]
    await Promise.all([connectsIn(first, 7), connectsIn(second, 7)])
    await one.store.write([put(timeout('8s'))])
    await Promise.all([connectsIn(first, 8), connectsIn(second, 8)])
  })

  it('a proxy that comes from one to another gets nothing that it has', async () => {
    const connection = await test.database()
    const [one, two] = [await replica(connection, 'cp-1'), await replica(connection, 'cp-2')]
    await known(two, await one.store.write([put(mesh()), put(web), put(timeout('7s'))]))
    const before = connect(one.address)
    await connectsIn(before, 7)
    await before.until(({ listeners }) => listeners.size > 0)
    const versions: Partial<Record<ResourceTypeName, Record<string, string>>> = {}
    for (const { name } of resourceTypes) {
      const sent = before.responses.filter(({ type }) => type === name).flatMap(({ resources }) => resources)
      if (sent.length > 0) versions[name] = Object.fromEntries(sent.map((resource) => [resource.name, resource.version]))
    }
    before.close()
    const after = connect(two.address, versions)
    await one.store.write([put(timeout('9s'))])
    await connectsIn(after, 9)
    const resent = after.responses.flatMap(({ type, resources }) => resources.filter((r) => versions[type]?.[r.name] === r.version))
    expect(resent).toEqual([])
    expect(Object.keys(versions)).toEqual(expect.arrayContaining(['clusters', 'listeners']))
  })

  it('while the server is away proxies keep what they have, new ones get it too, and changes come afterwards', async () => {
    const connection = await test.database()
    const [one, two] = [await replica(connection, 'cp-1'), await replica(connection, 'cp-2')]
    await known(two, await one.store.write([put(mesh()), put(web), put(timeout('7s'))]))
    const proxy = connect(two.address)
    await connectsIn(proxy, 7)
    await test.server.kill()
    const late = connect(two.address)
    await connectsIn(late, 7)
    const writing = one.store.write([put(timeout('5s'))])
    await test.server.start()
    await writing
    await Promise.all([connectsIn(proxy, 5), connectsIn(late, 5)])
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import type { Resource } from '../../src/core/resource.js'
import { agreeOnClusterId } from '../../src/server/cluster-id.js'
import { createControlPlane } from '../../src/server/control-plane.js'
import { createAdsServer } from '../../src/server/grpc.js'
import type { PostgresConnection, PostgresStore } from '../../src/store/postgres.js'
import { registry } from '../../src/translate/kinds.js'
import { put } from '../store-contract/samples.js'
import { postgres, postgresServer } from '../with-postgres.js'
import { dnsRecords } from '../xds/dns-records.js'
import { type TestProxy, deltaProxy } from '../xds/proxy.js'

const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: { skipCreatingInitialPolicies: ['*'] } }
const dataplane = (service: string): Resource => ({
  type: 'Dataplane',
  mesh: 'default',
  name: `${service}-1`,
  labels: {},
  spec: {
    networking: {
      address: '127.0.0.1',
      inbound: [{ port: 8080, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' } }],
      transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 },
    },
  },
})
const metadata = { features: ['feature-embedded-dns'], 'dataplane.dns.port': '15053', workdir: '/tmp' }

interface Replica {
  readonly store: PostgresStore
  readonly proxy: TestProxy
  /** All that its proxy was ever told, by name. */
  readonly told: ReadonlyMap<string, ReadonlySet<string>>
  close(): Promise<void>
}

describe.skipIf(postgres.missing)(`virtual addresses with several control planes ${postgres.reason}`, () => {
  const test = postgresServer()
  const closing: (() => Promise<void>)[] = []

  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  async function replica(connection: PostgresConnection, instanceId: string): Promise<Replica> {
    const store = await test.open(connection)
    const controlPlane = await createControlPlane({
      ...{ store, registry, instanceId, leader: store.leader, zone: 'default', alone: false },
      authenticator: { required: false, authenticate: async () => {} },
    })
    const server = createAdsServer({ host: controlPlane, instanceId })
    await expect.poll(() => controlPlane.fleet.has({ mesh: 'default', name: 'web-1' })).toBe(true)
    const proxy = deltaProxy({ address: `127.0.0.1:${await server.listen({ port: 0 })}`, id: 'default.web-1', metadata })
    const told = new Map<string, Set<string>>()
    let going = true
    const listening = (async () => {
      while (going) {
        await proxy.until((held) => {
          for (const [name, address] of Object.entries(dnsRecords({ held }))) told.set(name, (told.get(name) ?? new Set()).add(address))
          return !going
        })
      }
    })()
    const close = async () => {
      going = false
      proxy.close()
      await Promise.race([listening, proxy.ended])
      await server.close()
      await controlPlane.close()
      await store.close()
    }
    closing.push(close)
    return { store, proxy, told, close }
  }

  it('all give a name the same address at all times, whoever writes and whoever leads', async () => {
    const connection = await test.database()
    const first = await test.open(connection)
    await first.write([put(mesh), put(dataplane('web'))])
    const [one, two] = [await replica(connection, 'cp-1'), await replica(connection, 'cp-2')]
    // Not in the order of the alphabet, and through both at once.
    const services = Array.from({ length: 60 }, (_, i) => `svc-${(i * 37) % 60}`)
    const write = async ({ store }: Replica, mine: readonly string[]) => {
      for (const service of mine) await store.write([put(dataplane(service))])
    }
    await Promise.all([write(one, services.slice(0, 20)), write(two, services.slice(20, 40))])
    // Whoever leads goes: the other one has to go on where it was.
    await one.close()
    const three = await replica(connection, 'cp-3')
    await Promise.all([write(two, services.slice(40, 50)), write(three, services.slice(50))])
    const names = ['web', ...services].map((service) => `${service}.mesh`).sort()
    for (const { proxy } of [two, three]) await proxy.until((held) => names.every((name) => name in dnsRecords({ held })))

    const everything = new Map<string, Set<string>>()
    for (const { told } of [one, two, three]) {
      for (const [name, addresses] of told) everything.set(name, new Set([...(everything.get(name) ?? []), ...addresses]))
    }
    expect([...everything.keys()].sort()).toEqual(names)
    expect([...everything].filter(([, addresses]) => addresses.size > 1)).toEqual([])
    expect(new Set([...everything.values()].map((addresses) => [...addresses][0])).size).toBe(names.length)
    expect(dnsRecords(two.proxy)).toEqual(dnsRecords(three.proxy))
  })

  it('their cluster has one id, whoever is asked first, and keeps it', async () => {
    const connection = await test.database()
    const stores = await Promise.all([1, 2, 3].map(() => test.open(connection)))
    const ids = await Promise.all(stores.map((store) => agreeOnClusterId(store)))
    expect(new Set(ids).size).toBe(1)
    expect(await agreeOnClusterId(await test.open(connection))).toBe(ids[0])
  })
})

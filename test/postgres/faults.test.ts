import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/core/store.js'
import { migratePostgres, openPostgresStore } from '../../src/store/postgres.js'
import { takeTurn } from '../../src/store/postgres/transaction.js'
import { Observations, Watcher } from '../checker/observations.js'
import { dataplane, expectCode, key, mesh, put, remove } from '../store-contract/samples.js'
import { postgres, postgresServer } from '../with-postgres.js'
import { type AtCommit, startCuttingProxy } from './cutting-proxy.js'

const countOf = (stored: { resource: { spec: unknown } } | undefined) =>
  (stored?.resource.spec as { count: number } | undefined)?.count ?? 0

describe.skipIf(postgres.missing)(`PostgreSQL in trouble ${postgres.reason}`, () => {
  const test = postgresServer()

  /** Counts a resource up by one, many times, each from the version before. @returns what was acknowledged last */
  async function countUp(store: Store, name: string, going: () => boolean): Promise<{ acknowledged: number; failures: number }> {
    let [acknowledged, failures] = [0, 0]
    let version: number | undefined
    while (going()) {
      try {
        const [stored] = await store.write([put(dataplane(name, { count: acknowledged + 1 }), version ?? 'absent')])
        version = stored?.version
        acknowledged += 1
      } catch {
        failures += 1
      }
    }
    return { acknowledged, failures }
  }

  it('killed and started again under load, it has every acknowledged write, and all replicas come to the same', async () => {
    const connection = await test.database()
    const stores = await Promise.all([1, 2, 3].map(() => test.open(connection, { patienceMs: 60_000 })))
    const store = stores[0] as Store
    await store.write([put(mesh())])
    const observations = new Observations()
    const watchers = stores.map((one) => new Watcher(one, observations))
    let going = true
    const writers = Array.from({ length: 30 }, (_, i) => countUp(stores[i % 3] as Store, `dp-${i}`, () => going))
    for (let round = 0; round < 2; round++) {
      await new Promise((resolve) => setTimeout(resolve, 500))
      await test.server.kill()
      await new Promise((resolve) => setTimeout(resolve, 200))
      await test.server.start()
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    going = false
    const written = await Promise.all(writers)
    const { items, position } = await store.list()
    for (const [i, { acknowledged, failures }] of written.entries()) {
      const stored = items.find(({ resource }) => resource.name === `dp-${i}`)
      // Nobody gave up: the server came back in time.
      expect({ failures, count: countOf(stored) }).toEqual({ failures: 0, count: acknowledged })
    }
    await Promise.all(watchers.map((watcher) => watcher.reached(items, position)))
    expect(observations.faults).toEqual([])
  })

  it('cut off at its commits, it applies each write once and says so', async () => {
    const connection = await test.database()
    const direct = await test.open(connection)
    await direct.write([put(mesh())])
    const plan: AtCommit[] = ['pass', 'cut-before', 'pass', 'cut-after']
    let commits = 0
    const proxy = await startCuttingProxy(test.server.port, () => plan[commits++ % plan.length] ?? 'pass')
    const store = await openPostgresStore({ ...connection, port: proxy.port })
    let rounds = 0
    const { acknowledged, failures } = await countUp(store, 'dp', () => rounds++ < 40)
    expect({ acknowledged, failures }).toEqual({ acknowledged: 40, failures: 0 })
    expect(countOf(await direct.get(key(dataplane('dp'))))).toBe(40)
    expect(proxy.cuts).toBeGreaterThan(20)
    await store.close()
    await proxy.close()
  })

  it('says so where it can not tell what became of a commit, and does it no second time', async () => {
    const connection = await test.database()
    const direct = await test.open(connection)
    await direct.write([put(mesh())])
    let away = false
    const proxy = await startCuttingProxy(test.server.port, () => (away ? 'cut-after' : 'pass'))
    const store = await openPostgresStore({ ...connection, port: proxy.port, patienceMs: 300 })
    await store.get(mesh())
    away = true
    proxy.refuse()
    const writing = store.write([put(dataplane('a'), 'absent')])
    await expectCode(writing, 'store-failed')
    expect(proxy.cuts).toBe(1)
    expect(await direct.get(dataplane('a'))).toBeDefined()
    await store.close()
    await proxy.close()
  })

  it('throws out who holds the lock and says nothing', async () => {
    const connection = await test.database()
    const store = await test.open(connection)
    const silent = new pg.Client(connection)
    silent.on('error', () => undefined)
    await silent.connect()
    await takeTurn(silent)
    await store.write([put(mesh())])
    await expect(silent.query('SELECT 1')).rejects.toThrow()
    await silent.end()
  })

  it('a migration that breaks off has changed nothing, and the next one does it all', async () => {
    await test.sql('postgres', 'CREATE DATABASE interrupted')
    const connection = test.server.connection('interrupted')
    const other = new pg.Client(connection)
    other.on('error', () => undefined)
    await other.connect()
    // The migration gets stuck at its first table.
    await other.query('CREATE SCHEMA kuma')
    await other.query('BEGIN; CREATE TABLE kuma.resources (stuck int)')
    const migrating = migratePostgres(connection).catch((error: Error) => error)
    await expect.poll(async () => (await other.query('SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted')).rows[0].n).toBe(1)
    await test.server.kill()
    expect(await migrating).toBeInstanceOf(Error)
    await test.server.start()
    await expectCode(openPostgresStore(connection), 'store-older')
    const { rows } = await test.sql('interrupted', "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'kuma'")
    expect(rows[0].n).toBe(0)
    expect(await migratePostgres(connection)).toBe(1)
    await (await test.open(connection)).write([put(mesh())])
    await other.end().catch(() => undefined)
  })

  it('keeps the order of times though the clocks of its writers jump about', async () => {
    const connection = await test.database()
    const clocks = ['2031-01-01T00:00:00Z', '2001-01-01T00:00:00Z', '2026-01-01T00:00:00Z']
    const stores = await Promise.all(clocks.map((time) => test.open(connection, { clock: () => new Date(time) })))
    await stores[0]?.write([put(mesh())])
    for (let i = 0; i < 12; i++) await stores[i % 3]?.write([put(dataplane(`dp-${i}`))])
    await stores[1]?.write([remove(dataplane('dp-0')), put(dataplane('dp-0'))])
    const { items } = (await stores[2]?.list({ type: 'Dataplane' })) ?? { items: [] }
    const byVersion = [...items].sort((a, b) => a.version - b.version).map(({ resource }) => nanos(resource.creationTime))
    expect(byVersion).toEqual([...byVersion].sort())
    expect(new Set(byVersion).size).toBe(12)
  })
})

/** As text that sorts as the times do. */
function nanos(time = ''): string {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}`
}

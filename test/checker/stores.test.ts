import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/core/store.js'
import { openEmbeddedStore } from '../../src/store/embedded.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { scratch } from '../embedded/program.js'
import { type CutConnections, cutConnections } from '../kubernetes/cut-connections.js'
import { contractKinds, kubernetesStores } from '../kubernetes/stores.js'
import { kubernetes } from '../with-kubernetes.js'
import { postgres, postgresServer } from '../with-postgres.js'
import { faultsOf } from './check.js'
import { record, scripts } from './history.js'

/** Random clients at the same time find nothing that one copy of the store could not have answered. */
async function likeOneCopy(open: () => Promise<readonly Store[]>, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(scripts(8, 15), async (clients) => {
    const stores = await open()
    try {
      expect(faultsOf(await record(stores, clients))).toEqual([])
    } finally {
      await Promise.all(stores.map((store) => store.close()))
    }
  })
  await fc.assert(property, { numRuns, endOnFailure: true })
}

describe('among concurrent clients', () => {
  const folder = scratch()

  it('the memory store is one copy', () => likeOneCopy(async () => [createMemoryStore()], 150))

  it('the embedded store is one copy', () =>
    likeOneCopy(async () => [await openEmbeddedStore({ path: join(await folder(), 'kuma.db') })], 40))
})

describe.skipIf(postgres.missing)(`among concurrent clients of several control planes ${postgres.reason}`, () => {
  const test = postgresServer()

  it('PostgreSQL is one copy', () =>
    likeOneCopy(async () => {
      const connection = await test.database()
      return Promise.all([1, 2, 3].map(() => test.open(connection)))
    }, 12))

  it('PostgreSQL is one copy though connections are cut all the time', async () => {
    const ends: (() => void)[] = []
    const cut = async (database: string) => {
      let going = true
      ends.push(() => {
        going = false
      })
      while (going) {
        await test.sql(
          'postgres',
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND random() < 0.3`,
        )
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
    }
    await likeOneCopy(async () => {
      for (const end of ends.splice(0)) end()
      const connection = await test.database()
      const stores = await Promise.all([1, 2, 3].map(() => test.open(connection)))
      void cut(connection.database).catch(() => undefined)
      return stores
    }, 6)
    for (const end of ends) end()
  })
})

describe.skipIf(kubernetes.missing)(`among concurrent clients of several control planes ${kubernetes.reason}`, () => {
  const test = kubernetesStores({ kinds: contractKinds, checked: false })

  it('a Kubernetes cluster is one copy', () =>
    likeOneCopy(async () => {
      await test.empty()
      return Promise.all([1, 2, 3].map(() => test.open()))
    }, 8))

  it('a Kubernetes cluster is one copy though connections are cut all the time', async () => {
    const ways: CutConnections[] = []
    const closeAll = () => Promise.all(ways.splice(0).map((way) => way.close()))
    await likeOneCopy(async () => {
      await closeAll()
      await test.empty()
      const way = await cutConnections(Number(new URL(test.server.url).port), 0.1)
      ways.push(way)
      const kubeconfig = test.server.kubeconfig(undefined, way.port)
      const stores = await Promise.all([1, 2, 3].map(() => test.open({ kubeconfig, patienceMs: 60_000 })))
      way.begin()
      return stores
    }, 3)
    await closeAll()
  })
})

import { describe } from 'vitest'
import type { PostgresConnection, PostgresStore } from '../src/store/postgres.js'
import { storeContract } from './store-contract.js'
import { postgres, postgresServer } from './with-postgres.js'

describe.skipIf(postgres.missing)(`PostgreSQL ${postgres.reason}`, () => {
  const { database, open } = postgresServer()
  const connections = new WeakMap<object, PostgresConnection>()

  async function opened(connection: PostgresConnection, options: object): Promise<PostgresStore> {
    const store = await open(connection, options)
    connections.set(store, connection)
    return store
  }

  storeContract('PostgreSQL store', {
    histories: 15,
    create: async (options) => opened(await database(), { pollMs: 200, ...options }),
    async reopen(store, options) {
      await store.close()
      return opened(connections.get(store) as PostgresConnection, options)
    },
  })
})

import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import {
  migratePostgres,
  openPostgresStore,
  type PostgresConnection,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../src/store/postgres.js'
import { findBinaries, type PostgresServer, startPostgres } from './postgres/server.js'

/**
 * PostgreSQL for a test that needs the real one. Where there is none the test is skipped and says why; with
 * `KUMA_REQUIRE=postgres` (as CI sets it) it fails instead.
 *
 *     describe.skipIf(postgres.missing)(`... ${postgres.reason}`, () => { const server = postgresServer() ... })
 */
export const postgres = lookUp()

function lookUp() {
  const found = findBinaries()
  if (typeof found !== 'string') return { missing: false as const, reason: '', binaries: found }
  if ((process.env['KUMA_REQUIRE'] ?? '').split(',').includes('postgres')) throw new Error(`KUMA_REQUIRE names postgres: ${found}`)
  return { missing: true as const, reason: `(skipped: ${found})`, binaries: undefined }
}

export interface TestServer {
  readonly server: PostgresServer
  /** A database of its own, ready to be used. */
  database(): Promise<PostgresConnection>
  /** Opens a store that is closed after the file's tests. */
  open(connection: PostgresConnection, options?: Partial<PostgresStoreOptions>): Promise<PostgresStore>
  /** Statements as the superuser. */
  sql(database: string, text: string): Promise<pg.QueryResult>
}

/** One server for all tests of a file or block. */
export function postgresServer(settings: readonly string[] = []): TestServer {
  let server: PostgresServer | undefined
  let count = 0
  const opened: PostgresStore[] = []
  const demand = () => {
    if (server === undefined) throw new Error('the server is started before the tests, and not before that')
    return server
  }
  async function sql(database: string, text: string): Promise<pg.QueryResult> {
    const client = new pg.Client(demand().connection(database))
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await client.query(text)
    } finally {
      await client.end()
    }
  }
  beforeAll(async () => {
    if (postgres.missing) return
    server = await startPostgres(postgres.binaries, settings)
    await sql('postgres', 'CREATE DATABASE migrated')
    await migratePostgres(server.connection('migrated'))
  })
  afterAll(async () => {
    await Promise.all(opened.map((store) => store.close()))
    await server?.close()
  })
  return {
    get server() {
      return demand()
    },
    async database() {
      const name = `test_${++count}`
      await sql('postgres', `CREATE DATABASE ${name} TEMPLATE migrated`)
      return demand().connection(name)
    },
    async open(connection, options = {}) {
      const store = await openPostgresStore({ ...connection, ...options })
      opened.push(store)
      return store
    },
    sql,
  }
}

import { describe, expect, it } from 'vitest'
import { loadKumaCpConfig } from '../../src/cmd/cp/config.js'
import { migrateUp } from '../../src/cmd/cp/migrate.js'
import { postgres, postgresServer } from '../with-postgres.js'
import { environment, opened } from './opened.js'

describe.skipIf(postgres.missing)(`kuma-cp on PostgreSQL ${postgres.reason}`, () => {
  const test = postgresServer()

  it('migrates once, says what it did, and opens then', async () => {
    await test.sql('postgres', 'CREATE DATABASE fresh')
    const env = environment(test.server.connection('fresh'))
    expect((await opened(env)).error).toMatch(/^store.postgres.dbName \(KUMA_STORE_POSTGRES_DB_NAME\): .*run "kuma-cp migrate up" first$/)
    const config = loadKumaCpConfig(undefined, env)
    const said = await Promise.all([migrateUp(config), migrateUp(config), migrateUp(config)])
    expect(said.filter((line) => line.endsWith('migrated, 1 step'))).toHaveLength(1)
    expect(said.filter((line) => line.endsWith('nothing to do'))).toHaveLength(2)
    expect(await opened(env)).toEqual({ said: '', error: '' })
  })

  it('goes on with the shape of the next version, and with no later one', async () => {
    const connection = await test.database()
    await test.sql(connection.database, 'INSERT INTO kuma.migrations (step) VALUES (2)')
    expect((await opened(environment(connection))).error).toBe('')
    await test.sql(connection.database, 'INSERT INTO kuma.migrations (step) VALUES (3)')
    expect((await opened(environment(connection))).error).toMatch(/KUMA_STORE_POSTGRES_DB_NAME.*has shape 3, this version knows 1/)
    const tolerant = { ...environment(connection), KUMA_STORE_POSTGRES_TOLERATE_NEWER_DB_VERSIONS: 'true' }
    expect((await opened(tolerant)).error).toBe('')
    expect(await migrateUp(loadKumaCpConfig(undefined, tolerant))).toMatch(/nothing to do$/)
  })

  it('names the settings of wrong credentials and of a database that is not there', async () => {
    const connection = await test.database()
    await test.sql('postgres', "CREATE ROLE locked LOGIN PASSWORD 'right'")
    test.server.access(['host all locked 127.0.0.1/32 scram-sha-256'])
    const env = { ...environment({ ...connection, user: 'locked', password: 'wrong' }) }
    await expect
      .poll(async () => (await opened(env)).error)
      .toMatch(/KUMA_STORE_POSTGRES_USER.*KUMA_STORE_POSTGRES_PASSWORD.*authentication failed/)
    const none = await opened(environment({ ...connection, database: 'none' }))
    expect(none.error).toMatch(/^store.postgres.dbName \(KUMA_STORE_POSTGRES_DB_NAME\): .*"none" does not exist/)
  })

  it('waits for a server that is away, and goes on when it is there', async () => {
    const connection = await test.database()
    await test.server.stop()
    const { said, error } = await opened(environment(connection), () => test.server.start())
    expect(error).toBe('')
    expect(said).toMatch(/^store.postgres.host \(KUMA_STORE_POSTGRES_HOST\), .*_PORT\): .*ECONNREFUSED.*; trying again in 1 s/)
  })

  it('waits for a database that is read-only', async () => {
    const connection = await test.database()
    const readOnly = (value: string) =>
      test.sql('postgres', `ALTER DATABASE ${connection.database} SET default_transaction_read_only = ${value}`)
    await readOnly('on')
    const { said, error } = await opened(environment(connection), async () => void (await readOnly('off')))
    expect(error).toBe('')
    expect(said).toMatch(/KUMA_STORE_POSTGRES_HOST.*is read-only/)
  })

  it('keeps connections as long as it is told', async () => {
    const connection = await test.database()
    const pids = async () => {
      const text = "SELECT pid FROM pg_stat_activity WHERE application_name = 'kuma-cp'"
      return (await test.sql(connection.database, text)).rows.map(({ pid }) => Number(pid))
    }
    const short = await test.open(connection, { minConnections: 1, maxLifetimeMs: 300, lifetimeJitterMs: 200 })
    await short.list()
    const before = await pids()
    const left = async () => (await pids()).filter((pid) => before.includes(pid)).length
    // The one that listens stays.
    await expect.poll(async () => (await short.list()) && (await left()), { timeout: 20_000 }).toBe(1)
    expect(before.length).toBeGreaterThan(1)
    await short.close()
    const idle = await test.open(connection, { maxIdleMs: 200, pollMs: 60_000 })
    await Promise.all(Array.from({ length: 5 }, () => idle.list()))
    await expect.poll(async () => (await pids()).length, { timeout: 20_000 }).toBe(1)
    await idle.close()
  })
})

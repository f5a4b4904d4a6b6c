import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { loadKumaCpConfig } from '../../src/cmd/cp/config.js'
import { migrateUp } from '../../src/cmd/cp/migrate.js'
import { openPostgres } from '../../src/cmd/cp/postgres.js'
import { serverCertificate } from '../../src/server/certificates.js'
import type { PostgresConnection } from '../../src/store/postgres.js'
import { postgres, postgresServer } from '../with-postgres.js'

describe.skipIf(postgres.missing)(`kuma-cp on PostgreSQL ${postgres.reason}`, () => {
  const test = postgresServer()

  const environment = ({ host, port, user, password, database }: PostgresConnection) => ({
    KUMA_STORE_TYPE: 'postgres',
    KUMA_STORE_POSTGRES_HOST: host,
    KUMA_STORE_POSTGRES_PORT: String(port),
    KUMA_STORE_POSTGRES_USER: user,
    KUMA_STORE_POSTGRES_PASSWORD: password,
    KUMA_STORE_POSTGRES_DB_NAME: database,
  })

  /** What is said when a database can't be opened, and what is logged meanwhile. */
  async function opened(
    env: Record<string, string>,
    meanwhile?: (said: string) => Promise<void>,
  ): Promise<{ said: string; error: string }> {
    let said = ''
    let reacted = false
    const write = (line: string) => {
      said += (JSON.parse(line) as { msg: string }).msg
      if (!reacted) void meanwhile?.(said)
      reacted = true
    }
    const log = pino({}, { write })
    try {
      const store = await openPostgres(loadKumaCpConfig(undefined, env).store.postgres, log)
      await store.close()
      return { said, error: '' }
    } catch (error) {
      expect(String(error)).not.toContain('\n')
      return { said, error: (error as Error).message }
    }
  }

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

  it('speaks TLS as told', async () => {
    const connection = await test.database()
    const file = (name: string) => join(test.server.folder, name)
    const tls = (mode: string, caPath = '') => ({
      ...environment(connection),
      KUMA_STORE_POSTGRES_TLS_MODE: mode,
      ...(caPath && { KUMA_STORE_POSTGRES_TLS_CA_PATH: file(caPath) }),
    })
    expect((await opened(tls('verifyNone'))).error).toMatch(/KUMA_STORE_POSTGRES_TLS_MODE.*does not support SSL/)

    const own = await serverCertificate({ hosts: ['elsewhere.test'], now: new Date(), lifetimeMs: 3_600_000 })
    const other = await serverCertificate({ hosts: ['elsewhere.test'], now: new Date(), lifetimeMs: 3_600_000 })
    const { uid, gid } = statSync(test.server.folder)
    for (const [name, content] of [
      ['server.crt', own.certificate],
      ['server.key', own.privateKey],
      ['other.crt', other.certificate],
    ] as const) {
      writeFileSync(file(name), content)
      chmodSync(file(name), name === 'server.key' ? 0o600 : 0o644)
      chownSync(file(name), uid, gid)
    }
    await test.server.stop()
    await test.server.start(['ssl=on', `ssl_cert_file=${file('server.crt')}`, `ssl_key_file=${file('server.key')}`])
    expect((await opened(tls('verifyNone'))).error).toBe('')
    expect((await opened(tls('verifyCa', 'server.crt'))).error).toBe('')
    expect((await opened(tls('verifyCa', 'other.crt'))).error).toMatch(/^store.postgres.tls.mode .*self-signed/)
    expect((await opened(tls('verifyFull', 'server.crt'))).error).toMatch(/^store.postgres.tls.mode .*127.0.0.1/)
    expect((await opened(tls('verifyCa', 'missing.crt'))).error).toMatch(/^store.postgres.tls.caPath .*no such file/)
  })
})

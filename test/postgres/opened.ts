import { pino } from 'pino'
import { expect } from 'vitest'
import { loadKumaCpConfig } from '../../src/cmd/cp/config.js'
import { openPostgres } from '../../src/cmd/cp/postgres.js'
import type { PostgresConnection } from '../../src/store/postgres.js'

/** How kuma-cp is told of a database. */
export const environment = ({ host, port, user, password, database }: PostgresConnection) => ({
  KUMA_STORE_TYPE: 'postgres',
  KUMA_STORE_POSTGRES_HOST: host,
  KUMA_STORE_POSTGRES_PORT: String(port),
  KUMA_STORE_POSTGRES_USER: user,
  KUMA_STORE_POSTGRES_PASSWORD: password,
  KUMA_STORE_POSTGRES_DB_NAME: database,
})

/** What is said when a database can't be opened, and what is logged meanwhile. */
export async function opened(
  env: Readonly<Record<string, string>>,
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

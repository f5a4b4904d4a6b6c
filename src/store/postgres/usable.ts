import type { ClientBase } from 'pg'
import { KumaError } from '../../core/errors.js'

const OLDEST = 13

/**
 * Refuses servers that are too old, and databases that nobody can write to.
 * @throws KumaError `store-failed`; with the SQLSTATE of a read-only transaction as its cause where that is why
 */
export async function demandUsable(client: ClientBase, place: string): Promise<void> {
  const { rows } = await client.query<{ version: number; read_only: string }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('transaction_read_only') AS read_only`,
  )
  const [found] = rows
  const major = Math.floor((found?.version ?? 0) / 10_000)
  if (major < OLDEST) {
    const cause = Object.assign(new Error('unsupported server'), { code: '0A000' })
    throw new KumaError('store-failed', `PostgreSQL (${place}) is of version ${major}: ${OLDEST} or newer is needed`, { cause })
  }
  if (found?.read_only === 'on') {
    const cause = Object.assign(new Error('read-only'), { code: '25006' })
    throw new KumaError('store-failed', `PostgreSQL (${place}) is read-only: a standby, or set so`, { cause })
  }
}

import type { ClientBase } from 'pg'
import { KumaError } from '../../core/errors.js'
import { insightKey, isInsight, ownerKey } from '../../core/ownership.js'
import { type ResourceKey, keyOf } from '../../core/resource.js'
import type { ChangeEvent, Write } from '../../core/store.js'
import type { Progress, View } from '../../core/transaction.js'
import { keyLists, resourceColumns, resourceLists } from './rows.js'
import { readKeys, readKeysInMeshes } from './reads.js'

/** Who holds the lock and says nothing for so long (paused, cut off) is thrown out by the server. */
const SILENCE = '5s'

/** So many deletions are remembered at least; they are looked through each so many positions. */
const DELETIONS_KEPT = 10_000
const POSITIONS_BETWEEN_CLEANINGS = 1000

export const CHANNEL = 'kuma_changes'

/** What processes that are no more wrote last is kept for a day. */
const WRITERS_KEPT = '1 day'

/**
 * Begins a transaction and waits for its turn: whoever writes holds the row of `progress` until the end, so positions become
 * visible in their order and no reader ever skips one.
 */
export async function takeTurn(client: ClientBase): Promise<Progress> {
  const results: unknown = await client.query(
    `BEGIN; SET LOCAL idle_in_transaction_session_timeout = '${SILENCE}';
     SELECT position, time FROM kuma.progress FOR UPDATE`,
  )
  const [row] = (results as { rows: { position: string; time: string }[] }[]).at(-1)?.rows ?? []
  if (row === undefined) throw new KumaError('store-corrupt', 'the table kuma.progress is empty')
  return { position: Number(row.position), time: BigInt(row.time) }
}

/**
 * Whether a process wrote what ends at a position, or nothing came of that. Ask it in a turn of one's own: then it is decided.
 * The server's own word (`pg_xact_status`) isn't good for it: after a crash it uses numbers of transactions again.
 */
export async function wasWritten(client: ClientBase, author: string, position: number): Promise<boolean> {
  const { rows } = await client.query<{ position: string }>('SELECT position FROM kuma.writers WHERE author = $1', [author])
  return Number(rows[0]?.position) === position
}

/** Forgets processes that wrote nothing for long. */
export async function forgetWriters(client: ClientBase): Promise<void> {
  await client.query(`DELETE FROM kuma.writers WHERE at < clock_timestamp() - interval '${WRITERS_KEPT}'`)
}

/**
 * Everything that working the writes out looks at, read at once.
 */
export async function viewFor(client: ClientBase, writes: readonly Write[]): Promise<View> {
  const keys = new Map<string, ResourceKey>()
  const meshes = new Set<string>()
  for (const write of writes) {
    const key = write.op === 'put' ? write.resource : write.key
    for (const needed of [key, ownerKey(key), write.op === 'delete' ? insightKey(key) : undefined]) {
      if (needed !== undefined) keys.set(keyOf(needed), needed)
    }
    if (write.op === 'delete' && key.type === 'Mesh') meshes.add(key.name)
  }
  const found = await readKeys(client, [...keys.values()])
  const inner = meshes.size > 0 ? await readKeysInMeshes(client, [...meshes]) : []
  const sorted = inner.map((key) => [keyOf(key), key] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    find: (key) => found.get(keyOf(key)),
    inMesh: (mesh) => sorted.flatMap(([, key]) => (key.mesh === mesh ? [key] : [])),
  }
}

/**
 * Refuses the transaction of a leader whose term is over, and keeps others from beginning one before its end.
 * @throws KumaError `not-leader`
 */
export async function demandTerm(client: ClientBase, lease: string, token: number): Promise<void> {
  const { rows } = await client.query<{ token: string }>('SELECT token FROM kuma.leases WHERE name = $1 FOR SHARE', [lease])
  if (Number(rows[0]?.token) !== token) {
    throw new KumaError('not-leader', `term ${token} is over: there is term ${rows[0]?.token ?? 'none'} now`)
  }
}

/** Writes changes, one a key, and tells the others where to look; visible once the transaction is committed. */
export async function applyChanges(
  client: ClientBase,
  events: readonly ChangeEvent[],
  before: Progress,
  after: Progress,
  author: string,
): Promise<void> {
  const puts = events.flatMap((event) => (event.op === 'put' ? [event] : []))
  const deletes = events.flatMap((event) => (event.op === 'delete' ? [event] : []))
  for (const [table, ofTable] of [
    ['resources', ({ key }: ChangeEvent) => !isInsight(key)],
    ['insights', ({ key }: ChangeEvent) => isInsight(key)],
  ] as const) {
    await putRows(client, table, puts.filter(ofTable))
    await deleteRows(client, table, deletes.filter(ofTable))
  }
  const logged = deletes.filter(({ key }) => !isInsight(key))
  await logDeletions(client, logged)
  if (logged.length > 0 && crossed(POSITIONS_BETWEEN_CLEANINGS, before.position, after.position)) await forgetDeletions(client)
  const told = events.some(({ key }) => !isInsight(key))
  const notify = told ? ` RETURNING pg_notify('${CHANNEL}', $1::bigint || ' ' || $3)` : ''
  await client.query(
    `WITH mine AS (INSERT INTO kuma.writers VALUES ($3, $1::bigint, clock_timestamp())
                   ON CONFLICT (author) DO UPDATE SET position = excluded.position, at = excluded.at)
     UPDATE kuma.progress SET position = $1::bigint, time = $2${notify}`,
    [after.position, String(after.time), author],
  )
}

async function putRows(
  client: ClientBase,
  table: 'resources' | 'insights',
  puts: readonly Extract<ChangeEvent, { readonly op: 'put' }>[],
): Promise<void> {
  if (puts.length === 0) return
  const columns = resourceColumns.split(', ')
  const types = ['text', 'text', 'text', 'bigint', 'text', 'text', 'json', 'json', 'json']
  const lists = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')
  const changed = columns.slice(3).map((column) => `${column} = excluded.${column}`)
  // A key that comes back is no longer a deletion.
  const revived =
    table === 'insights'
      ? ''
      : `WITH revived AS (DELETE FROM kuma.deletions WHERE (type, mesh, name) IN
           (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))) `
  await client.query(
    `${revived}INSERT INTO kuma.${table} (${resourceColumns}) SELECT * FROM unnest(${lists})
     ON CONFLICT (type, mesh, name) DO UPDATE SET ${changed.join(', ')}`,
    resourceLists(puts),
  )
}

async function deleteRows(client: ClientBase, table: 'resources' | 'insights', deletes: readonly ChangeEvent[]): Promise<void> {
  if (deletes.length === 0) return
  const keys = keyLists(deletes.map(({ key }) => key))
  await client.query(
    `DELETE FROM kuma.${table} WHERE (type, mesh, name) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
    keys,
  )
}

async function logDeletions(client: ClientBase, deletes: readonly ChangeEvent[]): Promise<void> {
  if (deletes.length === 0) return
  await client.query(
    `INSERT INTO kuma.deletions (type, mesh, name, position)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
     ON CONFLICT (type, mesh, name) DO UPDATE SET position = excluded.position`,
    [...keyLists(deletes.map(({ key }) => key)), deletes.map(({ position }) => position)],
  )
}

async function forgetDeletions(client: ClientBase): Promise<void> {
  await client.query(
    `WITH last AS (SELECT position FROM kuma.deletions ORDER BY position DESC OFFSET $1 LIMIT 1),
          gone AS (DELETE FROM kuma.deletions WHERE position <= (SELECT position FROM last))
     UPDATE kuma.progress SET horizon = greatest(horizon, (SELECT position FROM last))`,
    [DELETIONS_KEPT],
  )
}

const crossed = (step: number, before: number, after: number) => Math.floor(before / step) < Math.floor(after / step)

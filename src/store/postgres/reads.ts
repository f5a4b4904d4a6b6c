import type { ClientBase } from 'pg'
import { isInsight } from '../../core/ownership.js'
import { type ResourceKey, keyOf } from '../../core/resource.js'
import type { ChangeEvent, ListQuery, Listing, Stored } from '../../core/store.js'
import { keyFrom, keyLists, type ResourceRow, resourceColumns, storedFrom } from './rows.js'

/** Each of these is one statement: what it gives was there at one moment. */

/** What is stored under the keys. */
export async function readKeys(client: ClientBase, keys: readonly ResourceKey[]): Promise<ReadonlyMap<string, Stored>> {
  const found = new Map<string, Stored>()
  const [insights, resources] = [keys.filter(isInsight), keys.filter((key) => !isInsight(key))]
  const wanted = '(SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))'
  const others = '(SELECT * FROM unnest($4::text[], $5::text[], $6::text[]))'
  const { rows } = await client.query<ResourceRow>(
    `SELECT ${resourceColumns} FROM kuma.resources WHERE (type, mesh, name) IN ${wanted}
     UNION ALL SELECT ${resourceColumns} FROM kuma.insights WHERE (type, mesh, name) IN ${others}`,
    [...keyLists(resources), ...keyLists(insights)],
  )
  for (const stored of rows.map(storedFrom)) found.set(keyOf(stored.resource), stored)
  return found
}

/** The keys of all that is in the meshes. */
export async function readKeysInMeshes(client: ClientBase, meshes: readonly string[]): Promise<readonly ResourceKey[]> {
  const { rows } = await client.query<{ type: string; mesh: string; name: string }>(
    `SELECT type, mesh, name FROM kuma.resources WHERE mesh = ANY($1)
     UNION ALL SELECT type, mesh, name FROM kuma.insights WHERE mesh = ANY($1)`,
    [meshes],
  )
  return rows.map(keyFrom)
}

type ListRow = { readonly position: string } & (ResourceRow | { readonly type: null })

export async function readList(client: ClientBase, { type, mesh }: ListQuery): Promise<Listing> {
  const where = '($1::text IS NULL OR type = $1) AND ($2::text IS NULL OR mesh = $2)'
  const from = (table: string) => `SELECT ${resourceColumns} FROM kuma.${table} WHERE ${where}`
  const tables = type === undefined ? ['resources', 'insights'] : [isInsight({ type }) ? 'insights' : 'resources']
  const { rows } = await client.query<ListRow>(
    `SELECT position, found.* FROM kuma.progress LEFT JOIN (${tables.map(from).join(' UNION ALL ')}) AS found ON true`,
    [type ?? null, mesh ?? null],
  )
  const items = rows.flatMap((row) => (row.type === null ? [] : [storedFrom(row)]))
  return { items: items.sort(byKey), position: Number(rows[0]?.position) }
}

export interface Changes {
  /** Where the database is. */
  readonly position: number
  readonly events: readonly ChangeEvent[] | 'reset'
}

type ChangeRow = { readonly op: 'put' | 'delete' | 'progress'; readonly horizon: string } & ResourceRow

/** What has to be done to what was there at a position to come to what is there now; insights are not told. */
export async function readChanges(client: ClientBase, from: number): Promise<Changes> {
  const { rows } = await client.query<ChangeRow>(
    `SELECT 'put' AS op, NULL::bigint AS horizon, ${resourceColumns} FROM kuma.resources WHERE version > $1
     UNION ALL SELECT 'delete', NULL, type, mesh, name, position, '', '', NULL, NULL, NULL FROM kuma.deletions WHERE position > $1
     UNION ALL SELECT 'progress', horizon, '', '', '', position, '', '', NULL, NULL, NULL FROM kuma.progress`,
    [from],
  )
  let [position, horizon] = [0, 0]
  const events = rows.flatMap((row): ChangeEvent[] => {
    const at = Number(row.version)
    if (row.op === 'put') return [{ op: 'put', key: Object.freeze(keyFrom(row)), stored: storedFrom(row), position: at }]
    if (row.op === 'delete') return [{ op: 'delete', key: Object.freeze(keyFrom(row)), position: at }]
    ;[position, horizon] = [at, Number(row.horizon)]
    return []
  })
  const told = events.sort((a, b) => a.position - b.position)
  return { position, events: from < horizon || from > position ? 'reset' : told }
}

/** The insights written after a position. */
export async function readInsightsSince(client: ClientBase, from: number): Promise<readonly ChangeEvent[]> {
  const { rows } = await client.query<ResourceRow>(`SELECT ${resourceColumns} FROM kuma.insights WHERE version > $1 ORDER BY version`, [
    from,
  ])
  return rows.map((row) => ({ op: 'put', key: Object.freeze(keyFrom(row)), stored: storedFrom(row), position: Number(row.version) }))
}

function byKey({ resource: a }: Stored, { resource: b }: Stored): number {
  return compare(a.type, b.type) || compare(a.mesh ?? '', b.mesh ?? '') || compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

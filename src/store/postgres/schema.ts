import type { ClientBase } from 'pg'
import { KumaError } from '../../core/errors.js'

/** Everything is in a schema of its own: a database may be shared with others. */
const SCHEMA = 'kuma'

/** Who migrates holds this advisory lock ("Kuma"): of several that begin at once, one works and the others find it done. */
const MIGRATION_LOCK = 0x4b756d61

const columns = `
  type text COLLATE "C" NOT NULL, mesh text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, version bigint NOT NULL,
  created text NOT NULL, modified text NOT NULL, labels json NOT NULL, spec json NOT NULL, status json,
  PRIMARY KEY (type, mesh, name)`

/**
 * What brings an empty database to today's shape, a step each. Steps are only ever added, and each leaves the database usable
 * for the version before it: control planes are replaced one by one.
 *
 * `resources` by version and `deletions` by position are the log of changes, with one entry a key. Insights are in neither.
 * `writers` says what each process wrote last, for one that didn't hear what became of its commit.
 */
const steps: readonly string[] = [
  `CREATE TABLE kuma.resources (${columns});
   CREATE INDEX resources_by_version ON kuma.resources (version);
   CREATE INDEX resources_by_mesh ON kuma.resources (mesh);
   CREATE TABLE kuma.insights (${columns});
   CREATE INDEX insights_by_mesh ON kuma.insights (mesh);
   CREATE TABLE kuma.deletions (
     type text COLLATE "C" NOT NULL, mesh text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, position bigint NOT NULL,
     PRIMARY KEY (type, mesh, name));
   CREATE INDEX deletions_by_position ON kuma.deletions (position);
   CREATE TABLE kuma.progress (
     single boolean PRIMARY KEY DEFAULT true CHECK (single), position bigint NOT NULL, horizon bigint NOT NULL, time bigint NOT NULL);
   INSERT INTO kuma.progress (position, horizon, time) VALUES (0, 0, 0);
   CREATE TABLE kuma.writers (author text PRIMARY KEY, position bigint NOT NULL, at timestamptz NOT NULL);
   CREATE TABLE kuma.leases (name text PRIMARY KEY, holder text NOT NULL, token bigint NOT NULL, expires timestamptz NOT NULL);`,
]

export const shape = steps.length

/**
 * Brings the database to today's shape, in one transaction: where it breaks off, nothing has changed.
 * @returns how many steps it took
 * @throws KumaError `store-newer`
 */
export async function migrate(client: ClientBase, place: string, tolerateNewer = false): Promise<number> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    const done = await shapeOf(client)
    demandKnown(done, place, tolerateNewer)
    const { rows } = await client.query('SELECT to_regnamespace($1) IS NULL AS missing', [SCHEMA])
    if (rows[0]?.missing) await client.query(`CREATE SCHEMA ${SCHEMA}`)
    await client.query('CREATE TABLE IF NOT EXISTS kuma.migrations (step int PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())')
    for (const [index, sql] of steps.entries()) {
      if (index < done) continue
      await client.query(sql)
      await client.query('INSERT INTO kuma.migrations (step) VALUES ($1)', [index + 1])
    }
    await client.query('COMMIT')
    return Math.max(0, shape - done)
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** @throws KumaError `store-older` or `store-newer` where this version can't work with what is there */
export async function checkShape(client: ClientBase, place: string, tolerateNewer = false): Promise<void> {
  const found = await shapeOf(client)
  demandKnown(found, place, tolerateNewer)
  if (found < shape) {
    throw new KumaError('store-older', `PostgreSQL (${place}) has shape ${found} of ${shape}: run "kuma-cp migrate up" first`)
  }
}

async function shapeOf(client: ClientBase): Promise<number> {
  const known = await client.query("SELECT to_regclass('kuma.migrations') IS NOT NULL AS present")
  if (!known.rows[0]?.present) return 0
  const { rows } = await client.query('SELECT coalesce(max(step), 0)::int AS step FROM kuma.migrations')
  return Number(rows[0]?.step)
}

/** One step further is fine: it was made so that this version can go on. For more than that somebody has to vouch. */
function demandKnown(found: number, place: string, tolerateNewer: boolean): void {
  if (tolerateNewer || found <= shape + 1) return
  throw new KumaError('store-newer', `PostgreSQL (${place}) has shape ${found}, this version knows ${shape}: use a newer one`)
}

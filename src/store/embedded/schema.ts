import { KumaError } from '../../core/errors.js'
import { corrupt, type Database } from './database.js'

/** Marks the file as ours ("Kuma"), as `file` and other SQLite tools read it. */
const APPLICATION_ID = 0x4b756d61

/**
 * What brings an empty file to today's shape, a step each. Steps are only ever added: what stands here has run on files
 * that people keep.
 */
const migrations: readonly string[] = [
  `CREATE TABLE resources (
     type TEXT NOT NULL, mesh TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
     created TEXT NOT NULL, modified TEXT NOT NULL, labels TEXT NOT NULL, spec TEXT NOT NULL, status TEXT,
     PRIMARY KEY (type, mesh, name)) WITHOUT ROWID;
   CREATE TABLE deletions (
     type TEXT NOT NULL, mesh TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL,
     PRIMARY KEY (type, mesh, name)) WITHOUT ROWID;
   CREATE INDEX deletions_by_position ON deletions (position);
   CREATE TABLE progress (position INTEGER NOT NULL, horizon INTEGER NOT NULL, time TEXT NOT NULL);
   INSERT INTO progress VALUES (0, 0, '0');`,
]

/** Checks that the file is whole and ours, and brings it to today's shape. */
export async function migrate(database: Database, now: Date): Promise<void> {
  await checkWhole(database)
  await checkOurs(database)
  await database.exec('BEGIN IMMEDIATE')
  try {
    await database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    await database.exec('CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY, applied TEXT NOT NULL)')
    const [row] = await database.rows('SELECT CAST(coalesce(max(step), 0) AS INTEGER) AS step FROM migrations')
    const done = Number(row?.step)
    if (done > migrations.length) {
      throw new KumaError('store-newer', `${database.path} has shape ${done}, this version knows ${migrations.length}: use a newer one`)
    }
    const note = await database.prepare('INSERT INTO migrations VALUES (?, ?)')
    for (const [index, sql] of migrations.entries()) {
      if (index < done) continue
      await database.exec(sql)
      note.run(index + 1, now.toISOString())
    }
    await database.exec('COMMIT')
  } catch (error) {
    await database.exec('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function checkWhole(database: Database): Promise<void> {
  // As bytes: what is found may quote what is damaged.
  const [row] = await database.rows('SELECT CAST(quick_check AS BLOB) AS finding FROM pragma_quick_check(1)')
  const finding = row?.finding instanceof ArrayBuffer ? new TextDecoder().decode(row.finding) : 'unreadable'
  if (finding !== 'ok') throw corrupt(database.path, finding)
}

async function checkOurs(database: Database): Promise<void> {
  const [id] = await database.rows('PRAGMA application_id')
  const [tables] = await database.rows('SELECT count(*) AS count FROM sqlite_master')
  if (id?.application_id !== APPLICATION_ID && tables?.count !== 0) throw corrupt(database.path, 'an SQLite database of another program')
}

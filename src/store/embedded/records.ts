import { frozenCopy } from '../../core/frozen-copy.js'
import type { Resource, ResourceKey } from '../../core/resource.js'
import type { TableContent } from '../../core/resource-table.js'
import type { ChangeEvent, Stored } from '../../core/store.js'
import { parseTime } from '../../core/timestamp.js'
import type { Progress } from '../../core/transaction.js'
import { type Command, corrupt, type Database, isDiskFull, type Row } from './database.js'

/** After so many statements others get a turn: they run on the caller's thread. */
const TURN = 500

/** Resources, deletions and progress as rows. Global kinds have the mesh `''`. */
export class Records {
  private unsure: unknown

  private constructor(
    private readonly database: Database,
    private readonly putResource: Command,
    private readonly dropResource: Command,
    private readonly putDeletion: Command,
    private readonly dropDeletion: Command,
    private readonly forgetDeletions: Command,
    private readonly setProgress: Command,
  ) {}

  static async prepare(database: Database): Promise<Records> {
    return new Records(
      database,
      await database.prepare('INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      await database.prepare('DELETE FROM resources WHERE type = ? AND mesh = ? AND name = ?'),
      await database.prepare('INSERT OR REPLACE INTO deletions VALUES (?, ?, ?, ?)'),
      await database.prepare('DELETE FROM deletions WHERE type = ? AND mesh = ? AND name = ?'),
      await database.prepare('DELETE FROM deletions WHERE position <= ?'),
      await database.prepare('UPDATE progress SET position = ?, horizon = ?, time = ?'),
    )
  }

  /**
   * Writes the changes, one a key, and the progress in one transaction; returns when the disk has them. Where it fails,
   * nothing is changed; where not even that is sure, this and every further call fails, until the file is opened anew.
   */
  async commit(events: readonly ChangeEvent[], progress: Progress, horizon: number): Promise<void> {
    if (this.unsure !== undefined) throw this.unsure
    await this.database.exec('BEGIN IMMEDIATE')
    try {
      await this.write(events, progress, horizon)
    } catch (error) {
      await this.rollback()
      throw error
    }
    try {
      await this.database.exec('COMMIT')
    } catch (error) {
      if (!isDiskFull(error)) this.unsure = error
      await this.rollback()
      throw error
    }
  }

  async load(): Promise<{ content: TableContent; progress: Progress }> {
    const [row] = await this.database.rows(`SELECT position, horizon, ${bytes('time')} FROM progress`)
    const columns = bytes('type', 'mesh', 'name')
    const contents = bytes('created', 'modified', 'labels', 'spec', 'status')
    const resources = await this.database.rows(`SELECT ${columns}, version, ${contents} FROM resources`)
    const deletions = await this.database.rows(`SELECT ${columns}, position FROM deletions`)
    try {
      const [position, horizon, time] = [integer(row?.position), integer(row?.horizon), BigInt(text(row?.time))]
      const gone = deletions.map((deletion) => ({ key: keyFrom(deletion), position: integer(deletion.position) }))
      return { content: { items: resources.map(storedFrom), deletions: gone, position, horizon }, progress: { position, time } }
    } catch (error) {
      throw corrupt(this.database.path, error instanceof Error ? error.message : String(error), error)
    }
  }

  private async write(events: readonly ChangeEvent[], { position, time }: Progress, horizon: number): Promise<void> {
    for (const [index, event] of events.entries()) {
      this.apply(event)
      if (index % TURN === TURN - 1) await new Promise((resume) => setImmediate(resume))
    }
    this.forgetDeletions.run(horizon)
    this.setProgress.run(position, horizon, String(time))
  }

  private async rollback(): Promise<void> {
    // SQLite may have done it by itself; where neither works, the next BEGIN says so.
    await this.database.exec('ROLLBACK').catch(() => undefined)
  }

  private apply({ key: { type, mesh = '', name }, ...event }: ChangeEvent): void {
    if (event.op === 'delete') {
      this.dropResource.run(type, mesh, name)
      this.putDeletion.run(type, mesh, name, event.position)
      return
    }
    const { resource, version } = event.stored
    const { creationTime = '', modificationTime = '', labels, spec, status } = resource
    const json = [JSON.stringify(labels), JSON.stringify(spec ?? null), status === undefined ? null : JSON.stringify(status)]
    this.putResource.run(type, mesh, name, version, creationTime, modificationTime, ...json)
    this.dropDeletion.run(type, mesh, name)
  }
}

function storedFrom(row: Row): Stored {
  const times = { creationTime: time(row.created), modificationTime: time(row.modified) }
  const labels = JSON.parse(text(row.labels)) as Resource['labels']
  const status = row.status === null ? {} : { status: JSON.parse(text(row.status)) as unknown }
  const resource: Resource = { ...keyFrom(row), labels, ...times, spec: JSON.parse(text(row.spec)) as unknown, ...status }
  return frozenCopy({ resource, version: integer(row.version) })
}

function keyFrom(row: Row): ResourceKey {
  const [type, mesh, name] = [text(row.type), text(row.mesh), text(row.name)]
  return mesh === '' ? { type, name } : { type, mesh, name }
}

/** Texts as bytes, for {@link text}: the driver ends the process where a text of a damaged file isn't UTF-8. */
function bytes(...columns: string[]): string {
  return columns.map((column) => `CAST(${column} AS BLOB) AS ${column}`).join(', ')
}

function text(value: unknown): string {
  if (!(value instanceof ArrayBuffer)) throw new Error(`expected a text, found ${JSON.stringify(value)}`)
  return new TextDecoder('utf-8', { fatal: true }).decode(value)
}

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error(`expected a whole number, found ${JSON.stringify(value)}`)
  return value as number
}

function time(value: unknown): string {
  const found = text(value)
  if (parseTime(found) === undefined) throw new Error(`expected a time, found ${JSON.stringify(found)}`)
  return found
}

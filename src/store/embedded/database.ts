import { open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import Libsql from 'libsql/promise'
import { KumaError } from '../../core/errors.js'

export type Value = string | number | null
export type Row = Readonly<Record<string, Value | ArrayBuffer>>

/** A prepared statement that gives no rows; runs at once: within a transaction nothing is written to disk before COMMIT. */
export interface Command {
  run(...values: Value[]): unknown
}

/**
 * The file, opened and locked for this process alone. Every failure is a KumaError: `store-locked`, `store-corrupt` or
 * `store-failed`.
 */
export class Database {
  private constructor(
    readonly path: string,
    private readonly connection: Libsql,
  ) {}

  /** Creates the file, readable for its owner only, where there is none. */
  static async open(path: string): Promise<Database> {
    const absolute = resolve(path)
    if (!(await isFolder(dirname(absolute)))) {
      throw new KumaError('store-failed', `the store's file can't be at ${absolute}: ${dirname(absolute)} is not a folder`)
    }
    return guarded(absolute, async () => {
      await (await open(absolute, 'a', 0o600)).close()
      const database = new Database(absolute, new Libsql(absolute, {}))
      try {
        await database.lock()
      } catch (error) {
        await database.close()
        throw error
      }
      return database
    })
  }

  async exec(sql: string): Promise<void> {
    await guarded(this.path, () => this.connection.exec(sql))
  }

  async rows(sql: string): Promise<Row[]> {
    return guarded(this.path, async () => (await this.connection.prepare(sql)).all())
  }

  async prepare(sql: string): Promise<Command> {
    const statement: Command = await guarded(this.path, () => this.connection.prepare(sql))
    return {
      run: (...values) => {
        try {
          statement.run(...values)
        } catch (error) {
          throw asKumaError(this.path, error)
        }
      },
    }
  }

  /**
   * Gives the file back. The driver holds on to it until its statements are collected as garbage, so the lock is let go
   * first, which SQLite does only out of WAL mode and at the next read.
   */
  async close(): Promise<void> {
    try {
      await this.rows('PRAGMA journal_mode = DELETE')
      await this.rows('PRAGMA locking_mode = NORMAL')
      await this.rows('SELECT count(*) FROM sqlite_master')
    } catch {
      // A file that can't be read was never locked, or stays so until the process ends.
    }
    this.connection.close()
  }

  /** An exclusive lock that the system takes back when the process ends, however it ends; and an fsync each commit. */
  private async lock(): Promise<void> {
    await this.rows('PRAGMA locking_mode = EXCLUSIVE')
    await this.rows('PRAGMA journal_mode = WAL')
    await this.rows('PRAGMA synchronous = FULL')
    await this.exec('BEGIN IMMEDIATE; COMMIT')
  }
}

/** Whether there was no room left, after which the file certainly says what it said before. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof KumaError && codeOf(error.cause) === 'SQLITE_FULL'
}

async function guarded<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw asKumaError(path, error)
  }
}

function asKumaError(path: string, error: unknown): KumaError {
  if (error instanceof KumaError) return error
  const code = codeOf(error)
  const reason = error instanceof Error ? error.message : String(error)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new KumaError('store-locked', `another process uses ${path}: stop it, or give this one a file of its own`, { cause: error })
  }
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) return corrupt(path, reason, error)
  return new KumaError('store-failed', `${path}: ${reason}`, { cause: error })
}

export function corrupt(path: string, reason: string, cause?: unknown): KumaError {
  return new KumaError('store-corrupt', `${path} is damaged or not a store (${reason}): bring back a copy, or move it away`, { cause })
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

import { readFileSync, readdirSync } from 'node:fs'
import pg from 'pg'
import { type PostgresConnection, migratePostgres } from '../src/store/postgres.js'
import { findBinaries, startPostgres } from '../test/postgres/server.js'

/** A real PostgreSQL that syncs to disk, and what it did. */
export interface BenchDatabase {
  readonly connection: PostgresConnection
  sql(text: string): Promise<pg.QueryResult>
  /** Statements so far, without those that ask for them. */
  statements(): Promise<number>
  /** Seconds of CPU that the server and its children took. Source: proc(5). */
  cpuSeconds(): number
  /** Runs something on an empty database. */
  fresh(measure: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** Ends the program where there is no PostgreSQL. */
export async function benchDatabase(): Promise<BenchDatabase> {
  const binaries = findBinaries()
  if (typeof binaries === 'string') {
    console.log(`nothing to measure: ${binaries}`)
    process.exit(0)
  }
  const settings = ['fsync=on', 'shared_buffers=128MB', 'max_connections=200', 'shared_preload_libraries=pg_stat_statements']
  const server = await startPostgres(binaries, settings)
  const connection = server.connection('bench')

  async function sql(text: string, database = 'bench'): Promise<pg.QueryResult> {
    const client = new pg.Client(server.connection(database))
    await client.connect()
    try {
      return await client.query(text)
    } finally {
      await client.end()
    }
  }

  return {
    connection,
    sql,
    async statements() {
      const counted = "SELECT coalesce(sum(calls), 0)::int AS n FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"
      return ((await sql(counted)).rows[0] as { n: number }).n
    },
    cpuSeconds: () => cpuSecondsOf(server.pid, true),
    async fresh(measure) {
      await sql('CREATE DATABASE bench', 'postgres')
      await migratePostgres(connection)
      await sql('CREATE EXTENSION pg_stat_statements')
      try {
        await measure()
      } finally {
        await sql('DROP DATABASE bench WITH (FORCE)', 'postgres')
      }
    },
    close: () => server.close(),
  }
}

/** Seconds of CPU of a process, with those of its children or without. */
export function cpuSecondsOf(pid: number, withChildren = false): number {
  const stats = readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const [, rest = ''] = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')
      const fields = rest.split(' ')
      const [parent, user, system, userEnded, systemEnded] = [1, 11, 12, 13, 14].map((i) => Number(fields[i]))
      const own = (user ?? 0) + (system ?? 0)
      if (Number(entry) === pid) return [withChildren ? own + (userEnded ?? 0) + (systemEnded ?? 0) : own]
      return withChildren && parent === pid ? [own] : []
    } catch {
      return []
    }
  })
  return stats.reduce((sum, ticks) => sum + ticks, 0) / 100
}

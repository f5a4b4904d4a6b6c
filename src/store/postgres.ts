import type { PoolClient } from 'pg'
import { KumaError } from '../core/errors.js'
import type { Leader } from '../core/leader.js'
import type { ResourceKey } from '../core/resource.js'
import type { Listing, ListQuery, Store, Stored, StoreOptions, WatchCallback, WatchOptions, Write } from '../core/store.js'
import { type Group, WriteQueue, type WriteRequest, transactEach, transactionsOf } from '../core/write-queue.js'
import { BatchedGets } from './postgres/batched-gets.js'
import { Database, type DatabaseOptions, sleep } from './postgres/database.js'
import { asKumaError, isServersWord, mayHeal } from './postgres/failures.js'
import { Follower } from './postgres/follower.js'
import { InsightWatch, withInsightsOfDeleted } from './postgres/insight-watch.js'
import { Lease, RELEASED } from './postgres/lease.js'
import { readKeys, readList } from './postgres/reads.js'
import { checkShape, migrate } from './postgres/schema.js'
import { type Turn, applyChanges, demandTerm, takeTurn, viewFor } from './postgres/transaction.js'
import { demandUsable } from './postgres/usable.js'

export type { PostgresConnection, PostgresTls } from './postgres/connection.js'

export interface PostgresStoreOptions extends DatabaseOptions, StoreOptions {
  /** How often changes are looked for though nobody notified, in milliseconds. Default: 10 s. */
  readonly pollMs?: number
  /** A leader that isn't heard of for so long is none any more, in milliseconds. Default: 30 s. */
  readonly leaseMs?: number
}

/** A {@link Store} in PostgreSQL, which several control planes share. */
export interface PostgresStore extends Store {
  /** Among all that use the database. It asks nothing before somebody wants to know. */
  readonly leader: Leader
}

/**
 * Opens a {@link Store} in a PostgreSQL database (13 or newer) that {@link migratePostgres} has prepared. What it acknowledged
 * the server has committed. Reads ask the database, so everybody reads what anybody wrote; changes are told as the server
 * notifies of them. Where the server is away, reads and writes wait for it as long as `patienceMs` says.
 *
 * @throws KumaError `store-failed`, `store-older` or `store-newer`
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const database = new Database(options)
  try {
    const position = await database.withClient(async (client) => {
      await demandUsable(client, database.place)
      await checkShape(client, database.place)
      return (await readList(client, { type: '' })).position
    })
    return new Postgres(database, position, options)
  } catch (error) {
    await database.close()
    throw asKumaError(database.place, error)
  }
}

/**
 * Brings a database to the shape that this version needs; several may do so at once.
 * @returns how many steps it took: 0 where nothing was left to do
 * @throws KumaError `store-failed` or `store-newer`
 */
export async function migratePostgres(options: DatabaseOptions): Promise<number> {
  const database = new Database(options)
  try {
    return await database.withClient(async (client) => {
      await demandUsable(client, database.place)
      return migrate(client, database.place)
    })
  } catch (error) {
    throw asKumaError(database.place, error)
  } finally {
    await database.close()
  }
}

class Postgres implements PostgresStore {
  readonly leader: Lease
  private readonly author = crypto.randomUUID()
  private readonly follower: Follower
  private readonly insights: InsightWatch
  private readonly gets: BatchedGets
  private readonly queue = new WriteQueue({ commit: (requests) => this.commit(requests), oneAtFault: (error) => !mayHeal(error) })
  private readonly clock: () => Date
  private closing: Promise<void> | undefined

  constructor(
    private readonly database: Database,
    position: number,
    { clock = () => new Date(), pollMs, leaseMs }: PostgresStoreOptions,
  ) {
    this.clock = clock
    this.gets = new BatchedGets((keys) => database.read((client) => readKeys(client, keys)))
    this.leader = new Lease({
      database,
      name: 'leader',
      holder: this.author,
      ttlMs: leaseMs,
      write: async (writes, term) => {
        this.demandOpen()
        return this.queue.add({ writes, term })
      },
    })
    const onOther = (payload: string) => payload === RELEASED && this.leader.look()
    this.follower = new Follower({ database, author: this.author, position, pollMs, onOther })
    this.follower.start()
    this.insights = new InsightWatch({ database, position: () => this.follower.position, pollMs })
  }

  async write(writes: readonly Write[]): Promise<readonly (Stored | undefined)[]> {
    this.demandOpen()
    return this.queue.add({ writes })
  }

  async get(key: ResourceKey): Promise<Stored | undefined> {
    this.demandOpen()
    return this.gets.get(key)
  }

  async list(query: ListQuery = {}): Promise<Listing> {
    this.demandOpen()
    return this.database.read((client) => readList(client, query))
  }

  watch(onEvents: WatchCallback, from?: number, { insights = false }: WatchOptions = {}): () => void {
    this.demandOpen()
    if (!insights) return this.follower.watch(onEvents, from)
    const stops = [this.follower.watch(withInsightsOfDeleted(onEvents), from), this.insights.watch(onEvents, from)]
    return () => {
      for (const stop of stops) stop()
    }
  }

  async close(): Promise<void> {
    this.closing ??= (async () => {
      await this.queue.idle()
      await this.leader.close()
      await Promise.all([this.follower.close(), this.insights.close()])
      await this.database.close()
    })()
    return this.closing
  }

  private async commit(requests: readonly WriteRequest[]): Promise<Group> {
    const { group, before } = await this.database.patiently(() => this.attempt(requests))
    if (group.changes.length > 0) this.follower.committed(before, group.progress.position, transactionsOf(group))
    return group
  }

  /** One transaction of the database for all. What it throws has changed nothing, or says that it isn't known. */
  private async attempt(requests: readonly WriteRequest[]): Promise<{ readonly group: Group; readonly before: number }> {
    let turn: Turn | undefined
    let worked: { readonly group: Group; readonly before: number } | undefined
    try {
      return await this.database.withClient(async (client) => {
        turn = await takeTurn(client)
        const group = await this.prepare(client, requests, turn)
        worked = { group, before: turn.progress.position }
        await client.query('COMMIT')
        return worked
      })
    } catch (error) {
      // Only a commit without an answer may have been one.
      if (turn === undefined || worked === undefined) throw error
      if (await this.wasCommitted(turn, error)) return worked
      throw error
    }
  }

  /** All of the transaction but its end. */
  private async prepare(client: PoolClient, requests: readonly WriteRequest[], { progress }: Turn): Promise<Group> {
    try {
      for (const term of new Set(requests.map((request) => request.term))) {
        if (term !== undefined) await demandTerm(client, 'leader', term)
      }
      const view = await viewFor(
        client,
        requests.flatMap(({ writes }) => writes),
      )
      const group = transactEach(view, requests, progress, this.clock)
      if (group.changes.length > 0) await applyChanges(client, group.changes, progress, group.progress, this.author)
      return group
    } catch (error) {
      // A connection that is lost takes its transaction with it.
      if (error instanceof KumaError || isServersWord(error)) await client.query('ROLLBACK')
      throw error
    }
  }

  private async wasCommitted({ id }: Turn, cause: unknown): Promise<boolean> {
    try {
      for (;;) {
        const status = await this.database.read(async (client) => {
          const { rows } = await client.query<{ status: string | null }>('SELECT pg_xact_status($1::xid8) AS status', [id])
          return rows[0]?.status
        })
        if (status !== 'in progress') return status === 'committed'
        await sleep(50, new AbortController().signal)
      }
    } catch {
      // Without a cause: this is nothing to try again.
      const why = `${(cause as Error).message}, while it committed: it may have, or not`
      throw new KumaError('store-failed', `PostgreSQL (${this.database.place}): ${why}`)
    }
  }

  private demandOpen(): void {
    if (this.closing !== undefined) throw new KumaError('closed', 'the store is closed')
  }
}

import type { PoolClient } from 'pg'
import { KumaError } from '../core/errors.js'
import type { Leader } from '../core/leader.js'
import type { ResourceKey } from '../core/resource.js'
import type { Listing, ListQuery, Store, Stored, StoreOptions, WatchCallback, WatchOptions, Write } from '../core/store.js'
import type { Progress } from '../core/transaction.js'
import { type Group, WriteQueue, type WriteRequest, transactEach, transactionsOf } from '../core/write-queue.js'
import { BatchedGets } from './postgres/batched-gets.js'
import { Database, type DatabaseOptions } from './postgres/database.js'
import { asKumaError, isServersWord, mayHeal } from './postgres/failures.js'
import { Follower } from './postgres/follower.js'
import { InsightWatch, withInsightsOfDeleted } from './postgres/insight-watch.js'
import { Lease, RELEASED } from './postgres/lease.js'
import { readKeys, readList } from './postgres/reads.js'
import { checkShape, migrate } from './postgres/schema.js'
import { applyChanges, demandTerm, forgetWriters, takeTurn, viewFor, wasWritten } from './postgres/transaction.js'
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
      await checkShape(client, database.place, options.tolerateNewer)
      await forgetWriters(client)
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
      return migrate(client, database.place, options.tolerateNewer)
    })
  } catch (error) {
    throw asKumaError(database.place, error)
  } finally {
    await database.close()
  }
}

/** What a transaction came to, and where the log was before it. */
interface Written {
  readonly group: Group
  readonly before: number
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
    // Set as long as it isn't known what became of it.
    let unsure: Written | undefined
    const written = await this.database
      .patiently(() =>
        this.database.withClient(async (client) => {
          const progress = await takeTurn(client)
          if (unsure !== undefined) {
            const done = await wasWritten(client, this.author, unsure.group.progress.position)
            if (done) {
              await client.query('ROLLBACK')
              return unsure
            }
            unsure = undefined
          }
          const group = await this.prepare(client, requests, progress)
          const worked = { group, before: progress.position }
          if (group.changes.length > 0) unsure = worked
          await client.query('COMMIT')
          return worked
        }),
      )
      .catch((error: Error) => {
        if (unsure === undefined) throw error
        throw new KumaError('store-failed', `${error.message}, while it committed: it may have, or not`)
      })
    if (written.group.changes.length > 0) {
      this.follower.committed(written.before, written.group.progress.position, transactionsOf(written.group))
    }
    return written.group
  }

  /** All of the transaction but its begin and its end. */
  private async prepare(client: PoolClient, requests: readonly WriteRequest[], progress: Progress): Promise<Group> {
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

  private demandOpen(): void {
    if (this.closing !== undefined) throw new KumaError('closed', 'the store is closed')
  }
}

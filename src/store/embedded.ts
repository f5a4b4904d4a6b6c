import { ChangeFeed } from '../core/change-feed.js'
import { KumaError } from '../core/errors.js'
import type { ResourceKey } from '../core/resource.js'
import { ResourceTable } from '../core/resource-table.js'
import type { Listing, ListQuery, Store, Stored, StoreOptions, WatchCallback, WatchOptions, Write } from '../core/store.js'
import type { Progress } from '../core/transaction.js'
import { type Group, WriteQueue, type WriteRequest, transactEach, transactionsOf } from '../core/write-queue.js'
import { Database } from './embedded/database.js'
import { Records } from './embedded/records.js'
import { migrate } from './embedded/schema.js'

export interface EmbeddedStoreOptions extends StoreOptions {
  /** The file, created where there is none; its folder must be there. SQLite keeps a second one beside it, `<path>-wal`. */
  readonly path: string
}

/**
 * Opens a {@link Store} in one file on a local disk. What it acknowledged is on the disk: it outlives the process, also
 * killed, and the machine, as far as the disk keeps what it says it wrote. One process at a time may have the file open.
 * All resources are also in memory, where reads come from; writes that wait together share one fsync.
 *
 * @throws KumaError `store-locked`, `store-corrupt`, `store-newer` or `store-failed`
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const clock = options.clock ?? (() => new Date())
  const database = await Database.open(options.path)
  try {
    await migrate(database, clock())
    const records = await Records.prepare(database)
    const { content, progress } = await records.load()
    return new EmbeddedStore(database, records, new ResourceTable(content), progress, clock)
  } catch (error) {
    await database.close()
    throw error
  }
}

class EmbeddedStore implements Store {
  private readonly feed = new ChangeFeed()
  private readonly queue = new WriteQueue({ commit: (requests) => this.commit(requests), oneAtFault: () => true })
  private closing: Promise<void> | undefined

  constructor(
    private readonly database: Database,
    private readonly records: Records,
    private readonly table: ResourceTable,
    private progress: Progress,
    private readonly clock: () => Date,
  ) {}

  async write(writes: readonly Write[]): Promise<readonly (Stored | undefined)[]> {
    this.demandOpen()
    return this.queue.add({ writes })
  }

  async get(key: ResourceKey): Promise<Stored | undefined> {
    this.demandOpen()
    return this.table.find(key)
  }

  async list(query: ListQuery = {}): Promise<Listing> {
    this.demandOpen()
    return { items: this.table.list(query), position: this.table.position }
  }

  watch(onEvents: WatchCallback, from?: number, options?: WatchOptions): () => void {
    this.demandOpen()
    return this.feed.subscribe(onEvents, from === undefined ? [] : this.table.changesSince(from), options)
  }

  async close(): Promise<void> {
    this.closing ??= (async () => {
      await this.queue.idle()
      this.feed.close()
      await this.database.close()
    })()
    return this.closing
  }

  /** One transaction of the file for all. */
  private async commit(requests: readonly WriteRequest[]): Promise<Group> {
    const group = transactEach(this.table, requests, this.progress, this.clock)
    if (group.changes.length > 0) await this.records.commit(group.changes, group.progress, this.table.forgotten)
    this.progress = group.progress
    for (const events of transactionsOf(group)) {
      this.table.apply(events)
      this.feed.publish(events)
    }
    return group
  }

  private demandOpen(): void {
    if (this.closing !== undefined) throw new KumaError('closed', 'the store is closed')
  }
}

import { ChangeFeed } from '../core/change-feed.js'
import { KumaError } from '../core/errors.js'
import type { ResourceKey } from '../core/resource.js'
import { ResourceTable } from '../core/resource-table.js'
import type { Listing, ListQuery, Store, Stored, StoreOptions, WatchCallback, Write } from '../core/store.js'
import { Layer, type Outcome, type Progress, transact } from '../core/transaction.js'
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

interface Request {
  readonly writes: readonly Write[]
  readonly resolve: (results: Outcome['results']) => void
  readonly reject: (error: unknown) => void
}

class EmbeddedStore implements Store {
  private readonly feed = new ChangeFeed()
  private readonly queue: Request[] = []
  private working: Promise<void> | undefined
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
    return new Promise((resolve, reject) => {
      this.queue.push({ writes, resolve, reject })
      this.working ??= this.work()
    })
  }

  async get(key: ResourceKey): Promise<Stored | undefined> {
    this.demandOpen()
    return this.table.find(key)
  }

  async list(query: ListQuery = {}): Promise<Listing> {
    this.demandOpen()
    return { items: this.table.list(query), position: this.table.position }
  }

  watch(onEvents: WatchCallback, from?: number): () => void {
    this.demandOpen()
    return this.feed.subscribe(onEvents, from === undefined ? [] : this.table.changesSince(from))
  }

  async close(): Promise<void> {
    this.closing ??= (async () => {
      await this.working
      this.feed.close()
      await this.database.close()
    })()
    return this.closing
  }

  private async work(): Promise<void> {
    // Whoever writes in the same turn shares the first commit as well.
    await Promise.resolve()
    while (this.queue.length > 0) await this.commit(this.queue.splice(0))
    this.working = undefined
  }

  /** One transaction of the file for all; nobody hears how theirs went before it is known whether that is kept. */
  private async commit(requests: readonly Request[]): Promise<void> {
    const layer = new Layer(this.table)
    const outcomes: Outcome[] = []
    const answers: (() => void)[] = []
    let { progress } = this
    for (const { writes, resolve, reject } of requests) {
      try {
        const outcome = transact(layer, writes, progress, this.clock())
        for (const event of outcome.events) layer.apply(event)
        progress = outcome.progress
        outcomes.push(outcome)
        answers.push(() => resolve(outcome.results))
      } catch (error) {
        answers.push(() => reject(error))
      }
    }
    try {
      if (layer.events.length > 0) await this.records.commit(layer.events, progress, this.table.forgotten)
    } catch (error) {
      // One of them may be at fault for all, with a value that can't be written.
      if (requests.length > 1) for (const request of requests) await this.commit([request])
      else for (const { reject } of requests) reject(error)
      return
    }
    this.progress = progress
    for (const { events } of outcomes) {
      this.table.apply(events)
      this.feed.publish(events)
    }
    for (const answer of answers) answer()
  }

  private demandOpen(): void {
    if (this.closing !== undefined) throw new KumaError('closed', 'the store is closed')
  }
}

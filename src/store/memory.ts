import { ChangeFeed } from '../core/change-feed.js'
import { KumaError } from '../core/errors.js'
import type { ResourceKey } from '../core/resource.js'
import { ResourceTable } from '../core/resource-table.js'
import type { Listing, ListQuery, Store, Stored, StoreOptions, WatchCallback, WatchOptions, Write } from '../core/store.js'
import { type Progress, transact } from '../core/transaction.js'

/** A {@link Store} that forgets everything when the process ends: for tests, demos and control planes that are fed anew. */
export function createMemoryStore(options: StoreOptions = {}): Store {
  return new MemoryStore(options.clock ?? (() => new Date()))
}

class MemoryStore implements Store {
  private readonly table = new ResourceTable()
  private readonly feed = new ChangeFeed()
  private progress: Progress = { position: 0, time: 0n }
  private closed = false

  constructor(private readonly clock: () => Date) {}

  async write(writes: readonly Write[]): Promise<readonly (Stored | undefined)[]> {
    this.demandOpen()
    const { events, results, progress } = transact(this.table, writes, this.progress, this.clock())
    this.progress = progress
    this.table.apply(events)
    this.feed.publish(events)
    return results
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
    this.closed = true
    this.feed.close()
  }

  private demandOpen(): void {
    if (this.closed) throw new KumaError('closed', 'the store is closed')
  }
}

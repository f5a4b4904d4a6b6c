import type { Resource, ResourceKey } from './resource.js'

/**
 * A resource as stored, with the version that optimistic writes name. A version is the position of the change that wrote
 * it, so versions of one key only grow, also where it is deleted and created again.
 */
export interface Stored<Spec = unknown> {
  readonly resource: Resource<Spec>
  readonly version: number
}

/** One write of a transaction. */
export type Write =
  | {
      readonly op: 'put'
      readonly resource: Resource
      /** The version that must be stored now; `'absent'`: none may be; left out: whatever is there. */
      readonly expect?: number | 'absent'
      /** Takes the times that the resource carries, where it does: it comes out of another store. Default: false. */
      readonly keepTimes?: boolean
    }
  | { readonly op: 'delete'; readonly key: ResourceKey; readonly expect?: number }

export type ChangeEvent =
  | { readonly op: 'put'; readonly key: ResourceKey; readonly stored: Stored; readonly position: number }
  | { readonly op: 'delete'; readonly key: ResourceKey; readonly position: number }

export interface ListQuery {
  readonly type?: string
  readonly mesh?: string
}

/** A consistent view: everything the query matches as it was at `position`. */
export interface Listing {
  readonly items: readonly Stored[]
  /** Give it to {@link Store.watch} to miss nothing and see nothing twice. */
  readonly position: number
}

export type WatchCallback = (events: readonly ChangeEvent[] | 'reset') => void

export interface WatchOptions {
  /** Default: false. */
  readonly insights?: boolean
}

/** Options that every store takes. */
export interface StoreOptions {
  /**
   * What creation and modification times are taken from; by default the system's clock. Stored times strictly grow with
   * the order of commits, by a nanosecond where the clock stands still or goes back: policies compare creation times.
   */
  readonly clock?: () => Date
}

/**
 * Where resources are kept. Every implementation passes `test/store-contract.ts`.
 *
 * Each write is acknowledged only when it would survive what the store promises to survive, and nobody reads it before;
 * each transaction is applied whole or not at all; deleting a resource deletes what belongs to it (a Mesh: all that is in
 * it; a proxy or zone: its insight) in the same transaction. What is stored is deeply frozen.
 *
 * After {@link close} every call fails with KumaError `closed`.
 */
export interface Store {
  /**
   * Applies the writes, one after the other, in one transaction and gives what was stored, in their order (`undefined`
   * for deletes). Sets `creationTime` on creation (kept on update) and `modificationTime`; `keepTimes` takes those of the resource.
   * A put whose spec, labels and status equal the stored ones changes nothing: same version, no event.
   * @throws KumaError `conflict` when an expectation fails, `not-found` when a key to delete is not there, `no-owner` when
   *   a resource is put into a Mesh, or an insight for a proxy or zone, that is not there, `store-failed` when the disk or
   *   database refused; in each case nothing of the transaction is applied.
   */
  write(writes: readonly Write[]): Promise<readonly (Stored | undefined)[]>
  get(key: ResourceKey): Promise<Stored | undefined>
  /** Sorted by type, mesh and name. `mesh` leaves out global kinds. */
  list(query?: ListQuery): Promise<Listing>
  /**
   * Calls back, never before it returned, with the events after `from` (default: now) in commit order until the returned
   * function is called. Each call is a committed transaction, or where the watcher lags behind (with a `from` that lies back,
   * or after what other processes wrote) several at once, without changes that a later one of them made void: a deletion may
   * then be of something that was never told. A store that no longer has the events after `from`, or never gave that
   * position, says `'reset'` once and goes on with what comes next: list anew.
   *
   * Insights (`isInsight`) are told to those alone who want them: they are written often and shape no configuration. They may
   * come late, up to some ten seconds, and a deletion of one may be told though there was none.
   * An error that the callback throws goes to the process as an uncaught one; it does not reach the store or others.
   */
  watch(onEvents: WatchCallback, from?: number, options?: WatchOptions): () => void
  /** Finishes the writes that were begun, then lets go of files and connections. Further calls do nothing. */
  close(): Promise<void>
}

import type { Resource, ResourceKey } from './resource.js'

/** A resource as stored, with the version that optimistic writes name. Versions of one key only grow. */
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

/**
 * Where resources are kept. Every implementation passes `test/store-contract.ts`.
 *
 * Each write is acknowledged only when it would survive what the store promises to survive; each transaction is applied
 * whole or not at all; deleting a Mesh deletes what is in it in the same transaction.
 */
export interface Store {
  /**
   * Applies the writes in one transaction and gives what was stored, in their order (`undefined` for deletes).
   * Sets `creationTime` on creation (kept on update) and `modificationTime`.
   * A put whose spec, labels and status equal the stored ones changes nothing: same version, no event.
   * @throws KumaError `conflict` when an expectation fails, `not-found` when a key to delete is not there.
   */
  write(writes: readonly Write[]): Promise<readonly (Stored | undefined)[]>
  get(key: ResourceKey): Promise<Stored | undefined>
  /** Sorted by type, mesh and name. */
  list(query?: ListQuery): Promise<Listing>
  /**
   * Calls back with the events after `from` (default: now), a committed transaction at a time, in commit order, until the
   * returned function is called. A store that no longer has the events after `from` says so with `'reset'`: list anew.
   */
  watch(onEvents: (events: readonly ChangeEvent[] | 'reset') => void, from?: number): () => void
  close(): Promise<void>
}

import type { Store, Stored, Write } from './store.js'

/** Which of the control planes on one store does what only one of them may do. */
export interface Leader {
  /**
   * Calls back, never before it returned, with each term that this control plane gets, and with the one that it is in;
   * until the returned function is called.
   */
  onTerm(callback: (term: Term) => void): () => void
  /** Ends the term, so that another control plane gets one at once, and asks for no more. */
  close(): Promise<void>
}

/** A time as the leader. Whoever is paused may learn late that theirs is over: what they write then is refused. */
export interface Term {
  /** Grows with each term of any control plane on the store: the fencing token. */
  readonly token: number
  /** Aborted once the term is over, or may be because the store can't be asked. */
  readonly over: AbortSignal
  /**
   * Writes as {@link Store.write} does, if this still is the term: the same transaction looks.
   * @throws KumaError `not-leader` when another term has begun, and what {@link Store.write} throws
   */
  write(writes: readonly Write[]): Promise<readonly (Stored | undefined)[]>
}

/** For a store that one process has for itself: its only term begins at once. */
export function soleLeader(store: Pick<Store, 'write'>): Leader {
  const end = new AbortController()
  const term: Term = Object.freeze({ token: 1, over: end.signal, write: (writes: readonly Write[]) => store.write(writes) })
  return {
    onTerm(callback) {
      let wanted = true
      queueMicrotask(() => {
        if (wanted && !term.over.aborted) callback(term)
      })
      return () => {
        wanted = false
      }
    },
    async close() {
      end.abort()
    },
  }
}

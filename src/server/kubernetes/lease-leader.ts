import { setTimeout as sleep } from 'node:timers/promises'
import { KumaError } from '../../core/errors.js'
import type { Leader, Term } from '../../core/leader.js'
import type { Stored, Write } from '../../core/store.js'
import type { KubernetesApi } from '../../kubernetes-api/api.js'
import type { Log } from '../log.js'
import { LeaseLock } from './lease-lock.js'

/** What of a store makes the writes of a term that is over fail. */
export interface TermWrites {
  /** Begins another term, and ends that of anybody else. Gives its token. */
  beginTerm(): Promise<number>
  /** Writes as {@link Store.write} does, if no other term has begun. @throws KumaError `not-leader` */
  writeInTerm(token: number, writes: readonly Write[]): Promise<readonly (Stored | undefined)[]>
}

export interface LeaseLeaderOptions {
  readonly api: Pick<KubernetesApi, 'send'>
  /** Of the control plane. */
  readonly namespace: string
  /** Who asks: no other process, and no earlier run of this one, may have the name. */
  readonly identity: string
  readonly store: TermWrites
  readonly log: Log
  /** How long others wait before they take the Lease of one that doesn't renew it, in milliseconds. Default: 15 s. */
  readonly leaseMs?: number
  /** How long this one tries to renew before it gives up, in milliseconds; less than the lease. Default: 10 s. */
  readonly renewDeadlineMs?: number
  /** Pause between tries, in milliseconds. Default: 2 s. */
  readonly retryMs?: number
  /** Name of the Lease. Default: `kuma-cp-leader`. */
  readonly name?: string
}

interface Held {
  readonly term: Term
  readonly end: AbortController
}

/**
 * Leads while it holds a Lease of the cluster. Whether somebody else's has run out is measured here, from when it was last seen to change:
 * clocks of different machines are not compared. A term ends before others may begin theirs.
 */
export function createLeaseLeader(options: LeaseLeaderOptions): Leader {
  const { store, log, renewDeadlineMs = 10_000, retryMs = 2_000 } = options
  const lock = new LeaseLock(options)
  const closing = new AbortController()
  const callbacks = new Set<(term: Term) => void>()
  let held: Held | undefined

  const lose = (why: string) => {
    if (!held) return
    log.info('this control plane leads no longer', { term: held.term.token, why })
    held.end.abort()
    held = undefined
  }

  async function begin(): Promise<void> {
    const end = new AbortController()
    const token = await store.beginTerm()
    const over = end.signal
    const write = (writes: readonly Write[]) => {
      if (over.aborted) throw new KumaError('not-leader', `term ${token} is over`)
      return store.writeInTerm(token, writes)
    }
    held = { end, term: Object.freeze({ token, over, write: async (writes: readonly Write[]) => write(writes) }) }
    log.info('this control plane leads', { term: token })
    for (const callback of callbacks) callback(held.term)
  }

  async function run(): Promise<void> {
    let heldAt = 0
    while (!closing.signal.aborted) {
      const askedAt = performance.now()
      try {
        if (await lock.takeOrRenew()) {
          heldAt = askedAt
          if (!held) await begin()
        } else lose('another control plane holds the Lease')
      } catch (error) {
        log.warn('the Lease of the leader could not be renewed', { error: error instanceof Error ? error.message : String(error) })
      }
      const left = heldAt + renewDeadlineMs - performance.now()
      if (held && left <= 0) lose('the Lease could not be renewed in time')
      await sleep(held ? Math.min(retryMs, Math.max(left, 0)) : retryMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  const running = run()
  return {
    onTerm(callback) {
      callbacks.add(callback)
      queueMicrotask(() => {
        if (held && callbacks.has(callback) && !held.end.signal.aborted) callback(held.term)
      })
      return () => void callbacks.delete(callback)
    },
    async close() {
      if (closing.signal.aborted) return running
      const led = held !== undefined
      lose('it stops')
      closing.abort()
      await running
      if (led) await lock.release().catch((error: unknown) => log.warn('the Lease could not be given back', { error: String(error) }))
    },
  }
}

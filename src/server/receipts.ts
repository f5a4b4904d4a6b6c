import { KumaError } from '../core/errors.js'
import type { ResourceKey } from '../core/resource.js'
import type { Store, Stored } from '../core/store.js'
import type { Refused } from './caught-up.js'
import type { ConvergenceTracker } from './convergence.js'
import type { LiveFleet } from './live-fleet.js'
import { proxyKey, resourceKey } from './node.js'

/**
 * Which proxies run a change. Each proxy that there is (Dataplanes, and zone proxies of this zone) is in exactly one list:
 *
 * - `running`: it has acknowledged everything that it is to have with the change in it, or the change means nothing for it.
 * - `pending`: not yet; `gone`: its stream ended before it could, so that it may still run what was before, and nobody can tell
 *   until it is back or deleted. Whose stream ended not long before the change is taken to come back, too.
 * - `refused`: it has answered everything and refuses the part of it that is named; what it had of that before stays.
 * - `offline`: it has had no stream since before the change, and for a while; when it connects, it starts with what there is then.
 */
export interface Convergence {
  /** Of the change, or of the last of several, as the store counts. */
  readonly position: number
  /** Of the last change before: what was refused because of later ones counts. */
  readonly since: number
  /** Whether nobody is pending. Those who refuse have given their last word, as long as nothing else changes. */
  readonly settled: boolean
  readonly running: readonly ResourceKey[]
  readonly pending: readonly { readonly proxy: ResourceKey; readonly gone: boolean }[]
  readonly refused: readonly { readonly proxy: ResourceKey; readonly refusals: readonly Refused[] }[]
  readonly offline: readonly ResourceKey[]
}

/** A change, or several in a row: what {@link Store.write} gave back, or positions. */
export type Change = number | Stored | readonly (Stored | undefined)[] | { readonly position?: number; readonly since?: number }

interface Span {
  readonly position: number
  readonly since: number
}

export interface SettledOptions {
  /** How long to wait at most, in milliseconds. Default: without end. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Only proxies of this mesh. Default: all that there are. */
  readonly mesh?: string
}

/** The time is up and some proxies do not run the change yet. `convergence` says which. */
export class NotSettled extends KumaError {
  constructor(
    readonly convergence: Convergence,
    timeout: number,
  ) {
    super('not-settled', `${convergence.pending.length} proxies do not run the change after ${timeout} ms`)
  }
}

/** Tells who runs a change, and waits until everybody does. */
export interface Receipts {
  /** How things are now. @param change default: everything that was committed before the call */
  convergence(change?: Change, options?: Pick<SettledOptions, 'mesh'>): Promise<Convergence>
  /**
   * Resolves once every proxy of this control plane runs the change, refuses part of it, or has not been connected since before
   * it. Look at `refused`: settled does not mean that all of them took it. A proxy whose stream ends meanwhile is waited for.
   *
   * It answers for proxies that are connected to this control plane; each of several that share a store has its own.
   * @param change default: everything that was committed before the call
   * @throws NotSettled when the time is up; KumaError `closed` when the control plane is closed; the signal's reason
   */
  settled(change?: Change, options?: SettledOptions): Promise<Convergence>
  close(): void
}

export interface ReceiptsOptions {
  readonly tracker: ConvergenceTracker
  readonly live: () => Pick<LiveFleet, 'fleet' | 'position' | 'reached'>
  readonly store: Pick<Store, 'list'>
}

export function createReceipts({ tracker, live, store }: ReceiptsOptions): Receipts {
  const closing = new Set<() => void>()
  let closed = false

  function report({ position, since }: Span, mesh: string | undefined): Convergence {
    const running: ResourceKey[] = []
    const pending: { proxy: ResourceKey; gone: boolean }[] = []
    const refused: { proxy: ResourceKey; refusals: readonly Refused[] }[] = []
    const offline: ResourceKey[] = []
    for (const key of live().fleet.proxies()) {
      if (mesh !== undefined && key.mesh !== mesh) continue
      const proxy = resourceKey(key)
      const standing = tracker.standingOf(proxy, position, since)
      if (standing.state === 'running') running.push(proxy)
      else if (standing.state === 'offline') offline.push(proxy)
      else if (standing.state === 'pending') pending.push({ proxy, gone: standing.gone })
      else refused.push({ proxy, refusals: standing.refusals })
    }
    return { position, since, settled: pending.length === 0 && live().position >= position, running, pending, refused, offline }
  }

  async function spanOf(change: Change | undefined): Promise<Span> {
    const now = async () => (await store.list({ type: 'Zone' })).position
    if (typeof change === 'number') return { position: change, since: change - 1 }
    if (change !== undefined && ('resource' in change || 'length' in change)) {
      const written = ('resource' in change ? [change] : change).flatMap((stored) => stored?.version ?? [])
      if (written.length > 0) return { position: Math.max(...written), since: Math.min(...written) - 1 }
      return spanOf(await now())
    }
    const position = change?.position ?? (await now())
    return { position, since: Math.min(change?.since ?? position - 1, position - 1) }
  }

  /** Resolves with the report when nobody is pending, and fails as {@link Receipts.settled} does. */
  function wait(span: Span, { timeout, signal, mesh }: SettledOptions): Promise<Convergence> {
    return new Promise((resolve, reject) => {
      let scheduled = false
      let last: ResourceKey | undefined
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        unwatch()
        closing.delete(onClose)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const look = () => {
        scheduled = false
        if (!closing.has(onClose)) return
        // As long as the one that was waited for is, the others need no looking at.
        if (last && live().fleet.has(proxyKey(last)) && tracker.standingOf(last, span.position).state === 'pending') return
        const now = report(span, mesh)
        last = now.pending[0]?.proxy
        if (now.settled) finish(() => resolve(now))
      }
      const unwatch = tracker.watch(() => {
        if (scheduled) return
        scheduled = true
        setImmediate(look)
      })
      const onAbort = () => finish(() => reject(signal?.reason as Error))
      const onClose = () => finish(() => reject(new KumaError('closed', 'the control plane is closed')))
      const expire = () => {
        const now = report(span, mesh)
        finish(() => (now.settled ? resolve(now) : reject(new NotSettled(now, timeout ?? 0))))
      }
      const timer = timeout === undefined ? undefined : setTimeout(expire, timeout)
      closing.add(onClose)
      signal?.addEventListener('abort', onAbort)
      if (signal?.aborted) onAbort()
      void live().reached(span.position).then(look)
    })
  }

  return {
    async convergence(change, { mesh } = {}) {
      return report(await spanOf(change), mesh)
    },
    async settled(change, options = {}) {
      options.signal?.throwIfAborted()
      if (closed) throw new KumaError('closed', 'the control plane is closed')
      return wait(await spanOf(change), options)
    },
    close() {
      closed = true
      for (const close of [...closing]) close()
    },
  }
}

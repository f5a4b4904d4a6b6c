import { setTimeout as sleep } from 'node:timers/promises'
import { KumaError } from '../core/errors.js'
import { insightKey } from '../core/ownership.js'
import type { ResourceKey } from '../core/resource.js'
import type { Listing, ListQuery, Store, Stored, WatchCallback, WatchOptions, Write } from '../core/store.js'
import { parseTime } from '../core/timestamp.js'
import { type Group, WriteQueue, type WriteRequest, transactEach } from '../core/write-queue.js'
import { KubernetesApi } from '../kubernetes-api/api.js'
import { findCluster } from '../kubernetes-api/connection.js'
import { ApiFailure } from '../kubernetes-api/failure.js'
import { layoutsOf } from '../kubernetes/crd/layout.js'
import { keyOfObject } from '../kubernetes/crd/mapping.js'
import { Applier, type Hindrance, isHindrance } from './kubernetes/apply.js'
import { Cluster, settledState, type Taken } from './kubernetes/cluster.js'
import { Heartbeat } from './kubernetes/heartbeat.js'
import { Head, type HeadRead, type Planned, type Settled } from './kubernetes/head.js'
import type { KubernetesStoreOptions } from './kubernetes/options.js'
import { Places } from './kubernetes/places.js'
import { planChanges } from './kubernetes/plan.js'
import { Replica, type Seen } from './kubernetes/replica.js'

export type { KubernetesStoreOptions } from './kubernetes/options.js'

/** A {@link Store} in a cluster, with what makes the writes of a leader that isn't one any more fail. */
export interface KubernetesStore extends Store {
  /** Begins another term, and ends that of anybody else. Gives its token, which grows. */
  beginTerm(): Promise<number>
  /**
   * Writes as {@link Store.write} does, if no other term has begun: the same transaction looks.
   * @throws KumaError `not-leader`, and what {@link Store.write} throws
   */
  writeInTerm(token: number, writes: readonly Write[]): Promise<readonly (Stored | undefined)[]>
}

/**
 * Opens a {@link Store} whose resources are objects of a Kubernetes cluster, as `kubectl` shows them. Several control planes may be on
 * the same cluster, and people and programs may change objects beside them.
 *
 * Transactions of several objects are whole for all who read through a store like this; others may see them half done for a moment.
 * A version is the cluster's own (`resourceVersion`), so is a position.
 *
 * @throws KumaError `store-failed` when the cluster can't be reached or refuses
 */
export async function openKubernetesStore(options: KubernetesStoreOptions): Promise<KubernetesStore> {
  const connection = await findCluster(options).catch((error: unknown) => {
    throw new KumaError('store-failed', (error as Error).message, { cause: error })
  })
  const store = new StoreInCluster(new KubernetesApi(connection), options)
  try {
    await store.open()
    return store
  } catch (error) {
    await store.close()
    throw failureOf(error)
  }
}

/** Whether opening a store may go well later: the cluster gave no answer, or was not able to. */
export function mayHeal(error: unknown): boolean {
  return error instanceof KumaError && isLoss(error.cause)
}

/** How often a transaction is worked out anew because others changed what it builds on. */
const mostOvertaken = 20

class StoreInCluster implements KubernetesStore {
  private readonly replica: Replica
  private readonly cluster: Cluster
  private readonly head: Head
  private readonly applier: Applier
  private readonly places: Places
  private readonly layouts: ReadonlyMap<string, ReturnType<typeof layoutsOf>[number]>
  private readonly queue = new WriteQueue({ commit: (requests) => this.commit(requests), oneAtFault: (error) => !isLoss(error) })
  private readonly clock: () => Date
  private readonly patienceMs: number
  private closing: Promise<void> | undefined

  constructor(
    private readonly api: KubernetesApi,
    {
      kinds,
      systemNamespace,
      checked = true,
      onProblem = () => undefined,
      patienceMs = 15_000,
      clock = () => new Date(),
    }: KubernetesStoreOptions,
  ) {
    this.clock = clock
    this.patienceMs = patienceMs
    const layouts = new Map(layoutsOf(kinds).map((layout) => [layout.type, layout]))
    this.layouts = layouts
    this.head = new Head(api, systemNamespace)
    this.places = new Places(api, systemNamespace)
    this.applier = new Applier({ api, layouts, patienceMs })
    this.replica = new Replica({ layouts, checked, onFault: (place, fault) => onProblem(`${place} is left out: ${fault}`) })
    this.cluster = new Cluster({
      ...{ api, layouts, systemNamespace, onProblem },
      ...{ head: this.head, replica: this.replica, applier: this.applier },
      onDeleted: (seen) => this.deleteWith(seen),
    })
  }

  async open(): Promise<void> {
    await this.cluster.open()
  }

  async write(writes: readonly Write[]): Promise<readonly (Stored | undefined)[]> {
    this.demandOpen()
    return this.queue.add({ writes })
  }

  async writeInTerm(term: number, writes: readonly Write[]): Promise<readonly (Stored | undefined)[]> {
    this.demandOpen()
    return this.queue.add({ writes, term })
  }

  async beginTerm(): Promise<number> {
    this.demandOpen()
    return this.patiently(async () => {
      const read = await this.cluster.quietHead()
      const term = read.state.term + 1
      return (await this.head.replace(read, { ...read.state, term })) && term
    })
  }

  async get(key: ResourceKey): Promise<Stored | undefined> {
    this.demandOpen()
    await this.current()
    return this.replica.view.find(key)
  }

  async list(query: ListQuery = {}): Promise<Listing> {
    this.demandOpen()
    await this.current()
    return { items: this.replica.view.list(query), position: this.replica.view.position }
  }

  watch(onEvents: WatchCallback, from?: number, options?: WatchOptions): () => void {
    this.demandOpen()
    return this.replica.watch(onEvents, from, options)
  }

  async close(): Promise<void> {
    this.closing ??= (async () => {
      await this.queue.idle()
      await this.cluster.close()
      this.replica.close()
      await this.api.close()
    })()
    return this.closing
  }

  private async current(): Promise<void> {
    await this.patiently(async () => {
      await this.cluster.current()
      return true
    })
  }

  /** Tries again where it was in vain, and where a failure may heal. */
  private async patiently<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + this.patienceMs
    for (;;) {
      try {
        const result = await attempt()
        if (result !== undefined) return result
      } catch (error) {
        if (!isLoss(error) || performance.now() > end) throw failureOf(error)
        await sleep(100)
      }
    }
  }

  private commit(requests: readonly WriteRequest[]): Promise<Group> {
    let overtaken = 0
    return this.patiently(async () => {
      const group = await this.tryCommit(requests)
      if (typeof group === 'object') return group
      if (group === 'overtaken') overtaken += 1
      if (overtaken > mostOvertaken) throw new KumaError('conflict', 'what is to be written is changed by others all the time')
      return undefined
    })
  }

  /** The transactions if they were made; else who was faster: another control plane, or somebody beside them. */
  private async tryCommit(requests: readonly WriteRequest[]): Promise<Group | 'again' | 'overtaken'> {
    const read = await this.cluster.quietHead()
    await this.cluster.caughtUp(read)
    const { state } = read
    for (const { term } of requests)
      if (term !== undefined && term !== state.term) throw new KumaError('not-leader', `term ${term} is over`)
    const { position } = this.replica.view
    const group = transactEach(this.replica.view, requests, { position, time: BigInt(state.time) }, this.clock)
    const events = group.outcomes.flatMap((outcome) => ('events' in outcome ? outcome.events : []))
    if (events.length === 0) return group
    const { layouts, replica, places } = this
    const changes = await planChanges(events, { layouts, replica, places })
    const hindrance = changes.length > 1 ? await this.applier.hindrance(changes) : undefined
    if (hindrance !== undefined) return this.hindered(hindrance, changes)
    const id = crypto.randomUUID()
    const begun = await this.head.replace(read, { ...state, pending: { id, changes, time: String(group.progress.time) } })
    if (begun === undefined) return 'again'
    const heartbeat = new Heartbeat(this.head, begun)
    const made = await this.applier
      .applyAll(changes, Number(begun.moment), () => heartbeat.goOn())
      .catch((error: unknown) => {
        // Who has taken it over finishes it: what came of it can be learnt.
        if (heartbeat.isLost) return 'lost' as const
        throw error
      })
    if (made === 'lost') return this.outcome(id, group)
    if (isHindrance(made)) {
      // Not even the first could be made: it is as if nothing had been.
      const { pending, ...before } = heartbeat.read.state
      await this.head.replace(heartbeat.read, before)
      return this.hindered(made, changes.slice(0, 1))
    }
    return this.settle(heartbeat.read, { id, changes: made }, group)
  }

  /** Looks at what is there instead of what the changes build on. @throws what the server refused */
  private async hindered(hindrance: Hindrance, changes: readonly Planned[]): Promise<'overtaken'> {
    if (hindrance !== 'overtaken') throw new KumaError('store-failed', hindrance.refused.message, { cause: hindrance.refused })
    await Promise.all(changes.map(({ key, place }) => this.cluster.refresh(key.type, place).catch(() => undefined)))
    return 'overtaken'
  }

  private async settle(begun: HeadRead, settled: Settled, group: Group): Promise<Group> {
    const done = await this.head.replace(begun, settledState(begun, settled))
    if (done !== undefined) this.cluster.take(settled, done.state.sequence)
    return this.outcome(settled.id, group)
  }

  /** What came of a transaction, whoever finished it. */
  private async outcome(id: string, group: Group): Promise<Group> {
    if (this.cluster.outcomeOf(id) === undefined) await this.cluster.caughtUp(await this.cluster.quietHead())
    const taken = this.cluster.outcomeOf(id)
    if (taken === undefined)
      throw new KumaError('store-failed', 'the transaction was finished by another control plane: it may have been applied, or not')
    return withStored(group, taken)
  }

  /** What belongs to what somebody else deleted goes with it. */
  private deleteWith({ layout, object }: Seen): void {
    const key = keyOfObject(layout, object)
    const inner = key.type === 'Mesh' ? this.replica.view.inMesh(key.name) : []
    const insight = insightKey(key)
    for (const belonging of [...inner, ...(insight === undefined ? [] : [insight])]) {
      if (this.replica.view.find(belonging) === undefined) continue
      this.write([{ op: 'delete', key: belonging }]).catch(() => undefined)
    }
  }

  private demandOpen(): void {
    if (this.closing !== undefined) throw new KumaError('closed', 'the store is closed')
  }
}

/** The group with what was stored in place of what was to be. */
function withStored(group: Group, { stored }: Taken): Group {
  const written = new Map(stored.flatMap((one) => (one === undefined ? [] : [[writtenKey(one), one] as const])))
  const outcomes = group.outcomes.map((outcome) => {
    if ('refused' in outcome) return outcome
    return { ...outcome, results: outcome.results.map((result) => result && (written.get(writtenKey(result)) ?? result)) }
  })
  return { ...group, outcomes }
}

/** Each write of a resource has a time of its own. */
function writtenKey({ resource: { type, mesh, name, modificationTime = '' } }: Stored): string {
  return JSON.stringify([type, mesh, name, String(parseTime(modificationTime))])
}

/** Whether the same may go through later. */
function isLoss(error: unknown): boolean {
  return error instanceof ApiFailure && error.mayHeal
}

function failureOf(error: unknown): unknown {
  return error instanceof ApiFailure ? new KumaError('store-failed', error.message, { cause: error }) : error
}

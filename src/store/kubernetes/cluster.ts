import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { KumaError } from '../../core/errors.js'
import type { Stored } from '../../core/store.js'
import type { ClusterObject, KubernetesApi, WatchEvent } from '../../kubernetes-api/api.js'
import { ApiFailure } from '../../kubernetes-api/failure.js'
import type { Layout } from '../../kubernetes/crd/layout.js'
import type { Applier } from './apply.js'
import { follow, type Watched } from './follower.js'
import { type Head, type HeadRead, type Pending, type Settled, type SettledChange, stateOf } from './head.js'
import { Heartbeat } from './heartbeat.js'
import { collectionOf, pathOf, placeText } from './places.js'
import { Rounds } from './rounds.js'
import type { Replica, Seen } from './replica.js'

export interface ClusterOptions {
  readonly api: KubernetesApi
  readonly head: Head
  readonly replica: Replica
  readonly applier: Applier
  readonly layouts: ReadonlyMap<string, Layout>
  readonly systemNamespace: string
  /** Somebody else deleted something with things that belong to it, or a problem to tell of. */
  onDeleted(seen: Seen): void
  onProblem(problem: string): void
}

/** What others do is looked into so long after it was heard of: most of it turns out to be a transaction's, in milliseconds. */
const settlingMs = 15

/** A transaction that stands still for so long was left behind, in milliseconds. */
const abandonedMs = 5000

/** Of so many transactions it is remembered what they came to. */
const takenKept = 16

export interface Taken {
  readonly changes: readonly SettledChange[]
  /** What is stored since, change by change; undefined for deletions. */
  readonly stored: readonly (Stored | undefined)[]
}

/** Keeps the replica like the cluster. */
export class Cluster {
  private readonly stopped = new AbortController()
  private readonly unexplained = new Map<string, Seen>()
  private readonly waiting = new Set<() => void>()
  private readonly heads: Rounds<HeadRead>
  private readonly running: Promise<unknown>[] = []
  private explaining: Promise<void> | undefined
  private renewing: Promise<string> | undefined
  /** What the last transactions came to, by their names. */
  private readonly taken = new Map<string, Taken>()
  private stuck: { readonly id: string; readonly since: number } | undefined

  constructor(private readonly options: ClusterOptions) {
    this.heads = new Rounds(() => options.head.read())
    setMaxListeners(0, this.stopped.signal)
  }

  /** Loads all there is and begins to follow it. */
  async open(): Promise<void> {
    const { head, replica, layouts } = this.options
    const read = await this.quietHead()
    const objects = await this.objectsAt(read.moment)
    const { position, deletions, sequence } = read.state
    replica.begin(objects, position, deletions, await this.horizonOf(read, objects), sequence)
    const { signal } = this.stopped
    const anew = () => this.renew()
    const { api } = this.options
    const onHead = (event: WatchEvent) => event.type !== 'DELETED' && this.settled(event.object)
    this.running.push(follow({ api, watched: head.watched, from: read.moment, signal, onEvent: onHead, anew }))
    for (const layout of layouts.values()) {
      const onEvent = (event: WatchEvent) => this.heard({ layout, op: event.type === 'DELETED' ? 'delete' : 'put', object: event.object })
      this.running.push(follow({ api, watched: this.watchedOf(layout), from: read.moment, signal, onEvent, anew }))
    }
  }

  /** Resolves once the replica has all that was acknowledged before. */
  async current(): Promise<void> {
    await this.caughtUp(await this.heads.next())
  }

  /** The head when no transaction is on its way, with the replica as far as it. One that was left behind is finished. */
  async quietHead(): Promise<HeadRead> {
    for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
      this.demandRunning()
      const read = await this.options.head.read()
      const { pending } = read.state
      if (pending === undefined) return read
      if (this.isAbandoned(pending)) await this.finish(read, pending)
      else await sleep(pause)
    }
  }

  /** Resolves once the replica has the transactions that the head counts. */
  async caughtUp({ state }: HeadRead): Promise<void> {
    const { replica } = this.options
    const { sequence, last } = state
    const end = performance.now() + abandonedMs
    while (replica.sequence < sequence) {
      this.demandRunning()
      if (last !== undefined && replica.sequence === sequence - 1) this.take(last, sequence)
      else if (performance.now() > end) await this.renew()
      else await this.nextChange(end - performance.now())
    }
  }

  /** Takes up a transaction, if it is the next. */
  take(settled: Settled, sequence: number): void {
    const { replica } = this.options
    if (sequence !== replica.sequence + 1) return
    this.taken.set(settled.id, { changes: settled.changes, stored: replica.settle(settled) })
    for (const id of [...this.taken.keys()].slice(0, -takenKept)) this.taken.delete(id)
    this.wake()
  }

  /** What a transaction came to that was taken up just now. */
  outcomeOf(id: string): Taken | undefined {
    return this.taken.get(id)
  }

  /** Looks at an object that isn't as the replica says. */
  async refresh(type: string, place: { readonly namespace?: string; readonly name: string }): Promise<void> {
    const { api, layouts, replica } = this.options
    const layout = layouts.get(type)
    if (layout === undefined) return
    const known = replica.at(type, place)
    try {
      const object = await api.send<ClusterObject>('GET', pathOf(layout, place))
      this.heard({ layout, op: 'put', object })
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status !== 404 || known === undefined) throw error
      this.heard({ layout, op: 'delete', object: nextOf(known.object) })
    }
    await this.explaining
  }

  async close(): Promise<void> {
    this.stopped.abort()
    this.wake()
    await Promise.all(this.running)
    await this.explaining
    await this.renewing?.catch(() => undefined)
  }

  private settled(object: ClusterObject): void {
    const { sequence, last } = stateOf(object)
    if (last !== undefined) this.take(last, sequence)
  }

  private heard(seen: Seen): void {
    const { layout, object } = seen
    if (this.options.replica.isKnown(seen)) return
    const place = placeText(layout.type, object.metadata)
    const before = this.unexplained.get(place)
    if (before !== undefined && Number(before.object.metadata.resourceVersion) > Number(object.metadata.resourceVersion)) return
    this.unexplained.set(place, seen)
    this.explaining ??= this.explain().finally(() => {
      this.explaining = undefined
      if (this.unexplained.size > 0 && !this.stopped.signal.aborted)
        this.explaining = this.explain().finally(() => (this.explaining = undefined))
    })
  }

  /** Tells what a transaction did, which its head says, from what others did. */
  private async explain(): Promise<void> {
    const { replica } = this.options
    for (let pause = settlingMs; !this.stopped.signal.aborted; pause = Math.min(pause * 2, 1000)) {
      await sleep(pause, undefined, { signal: this.stopped.signal }).catch(() => undefined)
      this.dropKnown()
      if (this.unexplained.size === 0) return
      const asked = [...this.unexplained]
      try {
        const read = await this.heads.next()
        await this.caughtUp(read)
        const { pending } = read.state
        const ours = new Set(pending?.changes.map(({ key, place }) => placeText(key.type, place)))
        const others = asked.filter(([place, seen]) => !ours.has(place) && this.unexplained.get(place) === seen)
        for (const [place] of others) this.unexplained.delete(place)
        this.observe(others.map(([, seen]) => seen))
        if (pending !== undefined && this.isAbandoned(pending)) await this.finish(read, pending)
        this.dropKnown()
        if (this.unexplained.size === 0) return
        if (others.length > 0) pause = settlingMs
      } catch (error) {
        if (!this.stopped.signal.aborted) this.options.onProblem((error as Error).message)
      }
      if (replica.sequence < 0) return
    }
  }

  private demandRunning(): void {
    if (this.stopped.signal.aborted) throw new KumaError('closed', 'the store is closed')
  }

  private observe(seen: readonly Seen[]): void {
    const { replica, onDeleted } = this.options
    replica.observe(seen)
    this.wake()
    for (const one of seen) if (one.op === 'delete') onDeleted(one)
  }

  private dropKnown(): void {
    for (const [place, seen] of this.unexplained) if (this.options.replica.isKnown(seen)) this.unexplained.delete(place)
  }

  /** Brings the replica to what is there, whatever was missed. Gives the moment. */
  private renew(): Promise<string> {
    this.renewing ??= this.renewNow().finally(() => {
      this.renewing = undefined
    })
    return this.renewing
  }

  private async renewNow(): Promise<string> {
    const { replica } = this.options
    for (;;) {
      this.demandRunning()
      const read = await this.quietHead()
      const objects = await this.objectsAt(read.moment)
      if (replica.sequence > read.state.sequence) continue
      const seen = replica.missing(objects)
      replica.sequence = read.state.sequence
      this.observe(seen)
      return read.moment
    }
  }

  /** All objects of all kinds as they were at one moment. */
  private async objectsAt(moment: string): Promise<readonly Seen[]> {
    const lists = await Promise.all([...this.options.layouts.values()].map((layout) => this.listAt(layout, moment)))
    return lists.flat()
  }

  private async listAt(layout: Layout, moment: string, accept?: string): Promise<readonly Seen[]> {
    const { path, ...selectors } = this.watchedOf(layout)
    const query = { ...selectors, resourceVersion: moment, resourceVersionMatch: 'Exact' }
    try {
      const { items } = await this.options.api.list(path, { query, ...(accept !== undefined && { accept }) })
      return items.map((object) => ({ layout, op: 'put', object }))
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status !== 404) throw error
      this.options.onProblem(`the cluster has no ${layout.plural}: its CustomResourceDefinition is not there`)
      return []
    }
  }

  private watchedOf(layout: Layout): Watched {
    const { native } = layout
    if (native === undefined) return { path: collectionOf(layout) }
    const path = collectionOf(layout, this.options.systemNamespace)
    return native.kind === 'Secret' ? { path, fieldSelector: `type=${native.secretType}` } : { path, labelSelector: native.label }
  }

  /** Since when all deletions are known: those of others leave no trace but what is missing. */
  private async horizonOf({ state, object }: HeadRead, now: readonly Seen[]): Promise<number> {
    if (object === undefined) return 0
    const position = now.reduce((most, seen) => Math.max(most, Number(seen.object.metadata.resourceVersion)), state.position)
    const { resourceVersion = '' } = object.metadata
    const namesOnly = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
    try {
      const there = new Set(now.map(({ layout, object: { metadata } }) => placeText(layout.type, metadata)))
      const lists = await Promise.all([...this.options.layouts.values()].map((layout) => this.listAt(layout, resourceVersion, namesOnly)))
      return lists.flat().every((seen) => there.has(placeText(seen.layout.type, seen.object.metadata))) ? state.horizon : position
    } catch {
      return position
    }
  }

  private isAbandoned({ id: of, beat = 0 }: Pending): boolean {
    const id = `${of}/${beat}`
    if (this.stuck?.id !== id) this.stuck = { id, since: performance.now() }
    return performance.now() - this.stuck.since > abandonedMs
  }

  /** Does what another process left undone. */
  private async finish(read: HeadRead, pending: Pending): Promise<void> {
    const { head, applier } = this.options
    // Another who finishes it at the same time finds its own name gone, as does the one who began it.
    const taken = await head.replace(read, { ...read.state, pending: { ...pending, id: crypto.randomUUID() } })
    if (taken === undefined) return
    const heartbeat = new Heartbeat(head, taken)
    const changes = await applier.finishAll(pending.changes, Number(taken.moment), () => heartbeat.goOn())
    await head.replace(heartbeat.read, settledState(heartbeat.read, { id: pending.id, changes }))
  }

  private async nextChange(patience: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, Math.max(0, patience))
      this.waiting.add(done)
    })
  }

  private wake(): void {
    for (const done of [...this.waiting]) done()
  }
}

/** How many deletions are kept for those who come later. */
const deletionsKept = 200

/** The head after a transaction. */
export function settledState({ state: { pending, ...state } }: HeadRead, settled: Settled): HeadRead['state'] {
  const deleted = settled.changes.flatMap((change) => (change.op === 'delete' ? [{ key: change.key, position: change.position }] : []))
  const all = [...state.deletions, ...deleted]
  const dropped = all.slice(0, -deletionsKept)
  return {
    ...state,
    sequence: state.sequence + 1,
    position: Math.max(state.position, ...settled.changes.map(({ position }) => position)),
    time: pending?.time ?? state.time,
    deletions: all.slice(-deletionsKept),
    horizon: dropped.at(-1)?.position ?? state.horizon,
    last: settled,
  }
}

/** As it is deleted, which nobody has said when. */
function nextOf(object: ClusterObject): ClusterObject {
  const resourceVersion = String(Number(object.metadata.resourceVersion) + 1)
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}

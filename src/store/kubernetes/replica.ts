import { ChangeFeed } from '../../core/change-feed.js'
import { keyOf, type ResourceKey } from '../../core/resource.js'
import { type Deletion, ResourceTable } from '../../core/resource-table.js'
import { sameValue } from '../../core/same-value.js'
import type { ChangeEvent, Stored, WatchCallback, WatchOptions } from '../../core/store.js'
import type { ClusterObject } from '../../kubernetes-api/api.js'
import type { Layout } from '../../kubernetes/crd/layout.js'
import { fromObject, keyOfObject, type Place } from '../../kubernetes/crd/mapping.js'
import type { Settled } from './head.js'
import { placeText } from './places.js'

/** An object that is known to be there. */
export interface Known {
  readonly layout: Layout
  readonly key: ResourceKey
  readonly place: Place
  readonly object: ClusterObject
}

/** What somebody who isn't a store of ours did to an object. */
export interface Seen {
  readonly layout: Layout
  readonly op: 'put' | 'delete'
  readonly object: ClusterObject
}

export interface ReplicaOptions {
  readonly layouts: ReadonlyMap<string, Layout>
  /** Whether specs are read by their kinds' schemas. */
  readonly checked: boolean
  /** An object that can't be used; what was known of it before stays. */
  onFault(place: string, fault: string): void
}

/** How far an object's resourceVersion has come: the number of the cluster's change that wrote it. */
export function revisionOf({ metadata }: ClusterObject): number {
  return Number(metadata.resourceVersion)
}

/** All resources as this process knows them, and who is told of changes. */
export class Replica {
  private table = new ResourceTable()
  private readonly feed = new ChangeFeed()
  private readonly known = new Map<string, Known>()
  private readonly places = new Map<string, string>()
  /** Where something was deleted, and when: what is heard late of before that isn't news. */
  private readonly tombstones = new Map<string, number>()
  /** How many transactions it has taken up. */
  sequence = 0

  constructor(private readonly options: ReplicaOptions) {}

  get view(): ResourceTable {
    return this.table
  }

  /** The last deletions that whoever comes later needs to know, with what was before them. */
  deletionsSince(horizon: number): readonly Deletion[] {
    const changes = this.table.changesSince(Math.max(horizon, this.table.forgotten))
    return changes === 'reset'
      ? []
      : changes.flatMap((event) => (event.op === 'delete' ? [{ key: event.key, position: event.position }] : []))
  }

  objectOf(key: ResourceKey): Known | undefined {
    const place = this.places.get(keyOf(key))
    return place === undefined ? undefined : this.known.get(place)
  }

  at(type: string, place: Place): Known | undefined {
    return this.known.get(placeText(type, place))
  }

  watch(onEvents: WatchCallback, from?: number, options?: WatchOptions): () => void {
    return this.feed.subscribe(onEvents, from === undefined ? [] : this.table.changesSince(from), options)
  }

  /** Begins with what a whole list brought. */
  begin(objects: readonly Seen[], position: number, deletions: readonly Deletion[], horizon: number, sequence: number): void {
    const items = objects.flatMap((seen) => {
      const stored = this.read(seen.layout, seen.object, revisionOf(seen.object))
      if (stored !== undefined) this.remember(seen.layout, seen.object)
      return stored === undefined ? [] : [stored]
    })
    const last = items.reduce((most, { version }) => Math.max(most, version), position)
    this.table = new ResourceTable({ items, deletions, position: last, horizon })
    this.sequence = sequence
  }

  /** Takes up the next transaction. Gives what is stored now, change by change. */
  settle({ changes }: Settled): readonly (Stored | undefined)[] {
    const events: ChangeEvent[] = []
    let last = this.table.position
    const stored = changes.map((change): Stored | undefined => {
      const position = Math.max(change.position, last + 1)
      if (change.op === 'delete') {
        last = position
        this.forget(placeText(change.key.type, change.place), change.position)
        events.push({ op: 'delete', key: change.key, position })
        return undefined
      }
      const layout = this.options.layouts.get(change.key.type)
      const made = layout && this.read(layout, change.object, position)
      if (layout === undefined || made === undefined) return undefined
      last = position
      this.remember(layout, change.object)
      events.push({ op: 'put', key: change.key, stored: made, position })
      return made
    })
    this.sequence += 1
    this.tell(events)
    return stored
  }

  /** Whether it is known already, or out of date. */
  isKnown({ layout, op, object }: Seen): boolean {
    const place = placeText(layout.type, object.metadata)
    const before = this.known.get(place)
    if (before !== undefined) return revisionOf(before.object) >= revisionOf(object)
    if (op === 'delete') {
      this.tombstones.delete(place)
      return true
    }
    return (this.tombstones.get(place) ?? 0) >= revisionOf(object)
  }

  /** Takes up what others did, all of it as one transaction. */
  observe(seen: readonly Seen[]): readonly ChangeEvent[] {
    const events: ChangeEvent[] = []
    let last = this.table.position
    for (const one of [...seen].sort((a, b) => revisionOf(a.object) - revisionOf(b.object))) {
      if (this.isKnown(one)) continue
      const position = Math.max(revisionOf(one.object), last + 1)
      const made = this.change(one, position)
      last = made.at(-1)?.position ?? last
      events.push(...made)
    }
    this.tell(events)
    return events
  }

  /** What has to be observed to come to what a whole list brought. */
  missing(objects: readonly Seen[]): readonly Seen[] {
    const there = new Set(objects.map(({ layout, object }) => placeText(layout.type, object.metadata)))
    const gone = [...this.known].flatMap(([place, { layout, object }]): Seen[] => {
      if (there.has(place)) return []
      // Nobody knows when; it was after what is known.
      const resourceVersion = String(revisionOf(object) + 1)
      return [{ layout, op: 'delete', object: { ...object, metadata: { ...object.metadata, resourceVersion } } }]
    })
    return [...gone, ...objects]
  }

  close(): void {
    this.feed.close()
  }

  private change({ layout, op, object }: Seen, position: number): readonly ChangeEvent[] {
    const place = placeText(layout.type, object.metadata)
    const before = this.known.get(place)
    if (op === 'delete') {
      this.forget(place, 0)
      return before === undefined ? [] : [{ op: 'delete', key: before.key, position }]
    }
    const key = keyOfObject(layout, object)
    const stored = this.read(layout, object, position)
    if (stored === undefined) return []
    const moved = before !== undefined && keyOf(before.key) !== keyOf(key)
    const gone: ChangeEvent[] = moved ? [{ op: 'delete', key: before.key, position }] : []
    if (moved) this.places.delete(keyOf(before.key))
    this.remember(layout, object)
    const previous = moved ? undefined : this.table.find(key)
    if (previous !== undefined && saysTheSame(previous, stored)) return []
    const at = gone.length > 0 ? position + 1 : position
    return [...gone, { op: 'put', key, stored: at === position ? stored : { ...stored, version: at }, position: at }]
  }

  private tell(events: readonly ChangeEvent[]): void {
    if (events.length === 0) return
    this.table.apply(events)
    this.feed.publish(events)
  }

  private read(layout: Layout, object: ClusterObject, version: number): Stored | undefined {
    const found = fromObject(layout, object, { checked: this.options.checked })
    if ('resource' in found) return Object.freeze({ resource: found.resource, version })
    this.options.onFault(placeText(layout.type, object.metadata), found.fault)
    return undefined
  }

  private remember(layout: Layout, { metadata: { managedFields, ...metadata }, ...rest }: ClusterObject): void {
    const object: ClusterObject = { ...rest, metadata }
    const key = keyOfObject(layout, object)
    const { namespace, name } = metadata
    const place = { ...(namespace !== undefined && { namespace }), name }
    const text = placeText(layout.type, place)
    this.known.set(text, { layout, key, place, object })
    this.places.set(keyOf(key), text)
    this.tombstones.delete(text)
  }

  private forget(place: string, position: number): void {
    const before = this.known.get(place)
    this.known.delete(place)
    if (before !== undefined) this.places.delete(keyOf(before.key))
    if (position > 0) this.tombstones.set(place, position)
  }
}

function saysTheSame({ resource: a }: Stored, { resource: b }: Stored): boolean {
  return sameValue(a.spec, b.spec) && sameValue(a.labels, b.labels) && sameValue(a.status, b.status)
}

import type { Registry } from '../core/kind.js'
import { Config } from '../core/kinds/internal.js'
import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import type { ChangeEvent, Store } from '../core/store.js'
import { type OutsideData, nothingOutside } from './outside-data.js'
import { ResourceFiles } from './resource-files.js'
import { type Fleet, type FleetChange, type FleetOptions, type ProxyKey, createFleet } from '../translate/fleet.js'

/** What has become of a fleet. */
export interface FleetUpdate {
  /** Proxies that may get something else. */
  readonly touched: readonly ProxyKey[]
  /** Position of the last change before. */
  readonly before: number
  /** What has changed, with what was there before; empty where all was read anew. */
  readonly changed: readonly { readonly key: ResourceKey; readonly previous: Resource | undefined }[]
}

export interface LiveFleetOptions {
  readonly store: Pick<Store, 'list' | 'watch'>
  /** Types that the control plane alone writes shape no configuration: changes of them are not looked at. */
  readonly registry: Registry
  readonly fleet: FleetOptions
  /** Files that resources may name. Default: none. */
  readonly outside?: OutsideData
  /** The fleet has changed, and with it what proxies get. */
  onChange(update: FleetUpdate): void
  /** Something that can't be gone on from; the fleet stays as it is. */
  onError(error: Error): void
}

/** The fleet of all that a store holds, kept up with it. */
export interface LiveFleet {
  readonly fleet: Fleet
  /** Of the last change in it, as the store counts. */
  readonly position: number
  find(key: ResourceKey): Resource | undefined
  /** How many resources of each kind there are. */
  counts(): Iterable<readonly [type: string, count: number]>
  /** The resources of a type, in no order. */
  ofType(type: string): Iterable<Resource>
  /** Resolves once the change at the position is in the fleet. */
  reached(position: number): Promise<void>
  close(): void
}

/** Reads everything once, and from then on the store's changes: each transaction is applied when it is committed. */
export async function openLiveFleet(options: LiveFleetOptions): Promise<LiveFleet> {
  const { store, registry, onChange, onError } = options
  const resources = new Map<string, Map<string, Resource>>()
  const files = new ResourceFiles(options.outside ?? nothingOutside)
  const fleetOptions = { files: files.contents, ...options.fleet }
  let fleet = createFleet([], fleetOptions)
  /** Changes that wait until files are read that they name. */
  let queue: (readonly ChangeEvent[])[] = []
  let position = 0
  const waiting: { readonly position: number; resolve(): void }[] = []
  let unwatch = () => {}
  let closed = false

  const matters = ({ type }: ResourceKey) => type !== 'MeshInsight' && type !== Config.type && registry.byType(type)?.readOnly !== true

  function keep(change: FleetChange): FleetUpdate['changed'][number] {
    const key = change.op === 'put' ? change.resource : change.key
    const ofType = resources.get(key.type) ?? new Map<string, Resource>()
    resources.set(key.type, ofType)
    const previous = ofType.get(keyOf(key))
    if (change.op === 'put') ofType.set(keyOf(key), change.resource)
    else ofType.delete(keyOf(key))
    return { key, previous }
  }

  function reach(next: number): void {
    position = Math.max(position, next)
    const due = waiting.filter((one) => one.position <= position)
    for (const one of due) {
      waiting.splice(waiting.indexOf(one), 1)
      one.resolve()
    }
  }

  function apply(events: readonly ChangeEvent[]): void {
    const changes = events.flatMap((event): FleetChange[] => {
      if (!matters(event.key)) return []
      return event.op === 'put' ? [{ op: 'put', resource: event.stored.resource }] : [{ op: 'delete', key: event.key }]
    })
    const next = events.at(-1)?.position ?? position
    if (changes.length === 0) return reach(next)
    const changed = changes.map(keep)
    const applied = fleet.apply(changes)
    fleet = applied.fleet
    const before = position
    reach(next)
    onChange({ touched: applied.touched, before, changed })
  }

  function onEvents(events: readonly ChangeEvent[]): void {
    if (queue.length === 0 && !files.named(putIn(events))) return apply(events)
    queue.push(events)
    if (queue.length === 1) void drain(queue)
  }

  /** In the order of the changes, until all is read anew. */
  async function drain(own: (readonly ChangeEvent[])[]): Promise<void> {
    for (let [events] = own; events; [events] = own) {
      await files.read(putIn(events))
      if (own !== queue || closed) return
      apply(events)
      own.shift()
    }
  }

  /** Also after the store has lost count of what was told: then every proxy may be touched. */
  async function load(): Promise<void> {
    unwatch()
    const listing = await store.list()
    if (closed) return
    resources.clear()
    const all = listing.items.map(({ resource }) => resource).filter(matters)
    await files.read(all)
    if (closed) return
    queue = []
    for (const resource of all) keep({ op: 'put', resource })
    fleet = createFleet(all, fleetOptions)
    // Insights shape nothing, but count as changes: without them, a position that the store tells might never be reached.
    unwatch = store.watch((events) => (events === 'reset' ? void reload() : onEvents(events)), listing.position, { insights: true })
    reach(listing.position)
  }

  async function reload(): Promise<void> {
    const before = position
    try {
      await load()
      onChange({ touched: fleet.proxies(), before, changed: [] })
    } catch (error) {
      onError(error as Error)
    }
  }

  await load()
  return {
    get fleet() {
      return fleet
    },
    get position() {
      return position
    },
    find: (key) => resources.get(key.type)?.get(keyOf(key)),
    counts: () => [...resources].filter(([type]) => registry.byType(type)).map(([type, ofType]) => [type, ofType.size] as const),
    ofType: (type) => resources.get(type)?.values() ?? [],
    reached: (wanted) => (wanted <= position ? Promise.resolve() : new Promise((resolve) => waiting.push({ position: wanted, resolve }))),
    close() {
      closed = true
      unwatch()
      for (const one of waiting.splice(0)) one.resolve()
    },
  }
}

function putIn(events: readonly ChangeEvent[]): Resource[] {
  return events.flatMap((event) => (event.op === 'put' ? [event.stored.resource] : []))
}

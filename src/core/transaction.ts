import { KumaError } from './errors.js'
import { frozenCopy } from './frozen-copy.js'
import { insightKey, ownerKey } from './ownership.js'
import { keyOf, type Resource, type ResourceKey } from './resource.js'
import { sameValue } from './same-value.js'
import type { ChangeEvent, Stored, Write } from './store.js'
import { formatTime, parseTime, timeAfter } from './timestamp.js'

/** What is stored, as a transaction sees it. */
export interface View {
  find(key: ResourceKey): Stored | undefined
  /** The keys of all that is in a mesh, sorted by type and name. */
  inMesh(mesh: string): readonly ResourceKey[]
}

/** How far a store has come: the last position and the last time (nanoseconds since 1970) that it gave out. */
export interface Progress {
  readonly position: number
  readonly time: bigint
}

/** What a transaction comes to, to be kept and told, or not. */
export interface Outcome {
  readonly events: readonly ChangeEvent[]
  readonly results: readonly (Stored | undefined)[]
  readonly progress: Progress
}

/**
 * Works out what the writes change, as {@link Store.write} promises; changes nothing itself.
 * @throws KumaError `conflict`, `not-found` or `no-owner`
 */
export function transact(view: View, writes: readonly Write[], progress: Progress, now: Date): Outcome {
  const layer = new Layer(view)
  const events: ChangeEvent[] = []
  let { position, time } = progress

  function record(event: ChangeEvent): void {
    events.push(event)
    layer.apply(event)
  }

  function put({ resource, expect, keepTimes = false }: Extract<Write, { readonly op: 'put' }>): Stored {
    const key = keyWithin(resource)
    const before = layer.find(key)
    if (expect !== undefined) demandVersion(key, before, expect)
    const owner = ownerKey(key)
    if (owner !== undefined && layer.find(owner) === undefined) {
      throw new KumaError('no-owner', `${describe(key)} can't be stored: ${describe(owner)} is not there`)
    }
    if (before !== undefined && changesNothing(before.resource, resource, keepTimes)) return before
    position += 1
    time = timeAfter(time, now)
    const own = formatTime(time)
    const modificationTime = (keepTimes && knownTime(resource.modificationTime)) || own
    const creationTime = (keepTimes && knownTime(resource.creationTime)) || (before?.resource.creationTime ?? own)
    const stored = frozenCopy({ resource: { ...resource, creationTime, modificationTime }, version: position })
    record({ op: 'put', key, stored, position })
    return stored
  }

  function remove(key: ResourceKey): void {
    if (key.type === 'Mesh') {
      for (const inner of layer.inMesh(key.name)) record({ op: 'delete', key: inner, position: ++position })
    }
    const insight = insightKey(key)
    if (insight !== undefined && layer.find(insight) !== undefined) record({ op: 'delete', key: insight, position: ++position })
    record({ op: 'delete', key, position: ++position })
  }

  const results = writes.map((write): Stored | undefined => {
    if (write.op === 'put') return put(write)
    const key = keyWithin(write.key)
    const before = layer.find(key)
    if (before === undefined) throw new KumaError('not-found', `${describe(key)} is not there`)
    if (write.expect !== undefined) demandVersion(key, before, write.expect)
    remove(key)
    return undefined
  })
  return { events: Object.freeze(events), results, progress: { position, time } }
}

/** A view with changes on top that the view below doesn't know of. */
export class Layer implements View {
  private readonly changed = new Map<string, ChangeEvent>()

  constructor(private readonly below: View) {}

  apply(event: ChangeEvent): void {
    this.changed.set(keyOf(event.key), event)
  }

  /** The last change of each key. */
  get events(): readonly ChangeEvent[] {
    return [...this.changed.values()]
  }

  find(key: ResourceKey): Stored | undefined {
    const event = this.changed.get(keyOf(key))
    if (event === undefined) return this.below.find(key)
    return event.op === 'put' ? event.stored : undefined
  }

  inMesh(mesh: string): readonly ResourceKey[] {
    const keys = new Map(this.below.inMesh(mesh).map((key) => [keyOf(key), key]))
    for (const [text, event] of this.changed) {
      if (event.op === 'delete') keys.delete(text)
      else if (event.key.mesh === mesh) keys.set(text, event.key)
    }
    return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key)
  }
}

/** For messages: `Dataplane "dp-1" in mesh "default"`. */
export function describe({ type, mesh, name }: ResourceKey): string {
  return mesh === undefined ? `${type} "${name}"` : `${type} "${name}" in mesh "${mesh}"`
}

function keyWithin({ type, mesh, name }: ResourceKey): ResourceKey {
  return Object.freeze(mesh === undefined ? { type, name } : { type, mesh, name })
}

function demandVersion(key: ResourceKey, before: Stored | undefined, expect: number | 'absent'): void {
  const found = before?.version ?? 'absent'
  if (found === expect) return
  const said = (version: number | 'absent') => (version === 'absent' ? 'none' : `version ${version}`)
  throw new KumaError('conflict', `${describe(key)}: expected ${said(expect)}, there is ${said(found)}`)
}

/** A time as stores write it, or none. */
function knownTime(text = ''): string | undefined {
  return parseTime(text) === undefined ? undefined : text
}

function changesNothing(before: Resource, after: Resource, timesCount: boolean): boolean {
  const { creationTime = before.creationTime, modificationTime = before.modificationTime } = after
  if (timesCount && (creationTime !== before.creationTime || modificationTime !== before.modificationTime)) return false
  return sameValue(before.spec, after.spec) && sameValue(before.labels, after.labels) && sameValue(before.status, after.status)
}

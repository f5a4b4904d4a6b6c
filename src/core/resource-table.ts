import { keyOf, type ResourceKey } from './resource.js'
import type { ChangeEvent, ListQuery, Stored } from './store.js'
import type { View } from './transaction.js'

/** How many deletions are remembered for {@link ResourceTable.changesSince}, unless told otherwise. */
const DELETIONS_KEPT = 10_000

export interface Deletion {
  readonly key: ResourceKey
  readonly position: number
}

/** What a table is made of, to begin with what was kept elsewhere. */
export interface TableContent {
  readonly items: readonly Stored[]
  readonly deletions: readonly Deletion[]
  /** Of the last change. */
  readonly position: number
  /** Deletions up to and at this position are not all among the given ones. */
  readonly horizon: number
}

const empty: TableContent = { items: [], deletions: [], position: 0, horizon: 0 }

/** Everything that a store holds, in memory, with the deletions needed to tell what changed since a position. */
export class ResourceTable implements View {
  private readonly byKey = new Map<string, Stored>()
  private readonly byMesh = new Map<string, Map<string, ResourceKey>>()
  private readonly sorted = new Map<string, readonly Stored[]>()
  private readonly types = new Map<string, Map<string, Stored>>()
  /** In the order of their positions. */
  private readonly deletions = new Map<string, Deletion>()
  private lastPosition: number
  private horizon: number

  constructor(
    initial: TableContent = empty,
    private readonly deletionsKept = DELETIONS_KEPT,
  ) {
    this.horizon = initial.horizon
    this.lastPosition = initial.horizon
    const puts = initial.items.map((stored) => ({ op: 'put', key: keyOfStored(stored), stored, position: stored.version }) as const)
    const deletes = initial.deletions.map(({ key, position }) => ({ op: 'delete', key, position }) as const)
    this.apply([...puts, ...deletes].sort(byPosition))
    this.lastPosition = initial.position
  }

  get position(): number {
    return this.lastPosition
  }

  /** Changes up to and at this position are not all known any more. */
  get forgotten(): number {
    return this.horizon
  }

  find(key: ResourceKey): Stored | undefined {
    return this.byKey.get(keyOf(key))
  }

  inMesh(mesh: string): readonly ResourceKey[] {
    return [...(this.byMesh.get(mesh)?.values() ?? [])]
  }

  /** Sorted by type, mesh and name. */
  list({ type, mesh }: ListQuery): readonly Stored[] {
    const types = type === undefined ? [...this.types.keys()].sort() : [type]
    const all = types.flatMap((t) => this.ofType(t))
    return mesh === undefined ? all : all.filter(({ resource }) => resource.mesh === mesh)
  }

  /** Takes over what a transaction changed. */
  apply(events: readonly ChangeEvent[]): void {
    for (const event of events) {
      const text = keyOf(event.key)
      const { type, mesh } = event.key
      this.sorted.delete(type)
      this.deletions.delete(text)
      if (event.op === 'put') {
        this.byKey.set(text, event.stored)
        inner(this.types, type).set(text, event.stored)
        if (mesh !== undefined) inner(this.byMesh, mesh).set(text, event.key)
      } else {
        this.byKey.delete(text)
        drop(this.types, type, text)
        if (mesh !== undefined) drop(this.byMesh, mesh, text)
        this.deletions.set(text, { key: event.key, position: event.position })
      }
      this.lastPosition = event.position
    }
    this.forget()
  }

  /** What has to be done to what was there at `from` to come to what is there now, by position. */
  changesSince(from: number): readonly ChangeEvent[] | 'reset' {
    if (from < this.horizon || from > this.lastPosition) return 'reset'
    if (from === this.lastPosition) return []
    const events: ChangeEvent[] = []
    for (const stored of this.byKey.values()) {
      if (stored.version > from) events.push({ op: 'put', key: keyOfStored(stored), stored, position: stored.version })
    }
    for (const { key, position } of this.deletions.values()) if (position > from) events.push({ op: 'delete', key, position })
    return events.sort(byPosition)
  }

  private ofType(type: string): readonly Stored[] {
    const known = this.sorted.get(type)
    if (known !== undefined) return known
    const made = [...(this.types.get(type)?.values() ?? [])].sort(byMeshAndName)
    this.sorted.set(type, made)
    return made
  }

  private forget(): void {
    for (const [text, { position }] of this.deletions) {
      if (this.deletions.size <= this.deletionsKept) return
      this.deletions.delete(text)
      this.horizon = position
    }
  }
}

function keyOfStored({ resource: { type, mesh, name } }: Stored): ResourceKey {
  return mesh === undefined ? { type, name } : { type, mesh, name }
}

function byPosition(a: ChangeEvent, b: ChangeEvent): number {
  return a.position - b.position
}

function byMeshAndName({ resource: a }: Stored, { resource: b }: Stored): number {
  return compare(a.mesh ?? '', b.mesh ?? '') || compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function inner<V>(outer: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const found = outer.get(key)
  if (found !== undefined) return found
  const made = new Map<string, V>()
  outer.set(key, made)
  return made
}

function drop<V>(outer: Map<string, Map<string, V>>, key: string, text: string): void {
  const found = outer.get(key)
  found?.delete(text)
  if (found?.size === 0) outer.delete(key)
}

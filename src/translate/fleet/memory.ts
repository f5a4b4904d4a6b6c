import type { ProxyKey } from '../proxy-key.js'
import { type ProxyShape, proxyKeys } from '../rules/index.js'
import type { ProxyOptions, Translation } from '../translate.js'
import type { Contents, Given, Template } from './template.js'

/** A translation, or the common part of those of proxies that are alike, with what it read. */
export interface Reading {
  /** Under which proxies that are alike find it. Absent: it is one proxy's own. */
  readonly likeness?: string
  readonly cells: ReadonlySet<string>
  /** Absent where policies patch finished resources. */
  readonly template?: Template
  /** Endpoints that its contents are filled up with: others change the contents, but nothing else of it. */
  readonly endpointCells: ReadonlySet<string>
  /** Absent: endpoints have to be looked up. */
  contents?: Contents
  /** The proxy it was built for. */
  readonly builtFor: string
  readonly users: Set<Outcome>
}

/** What a proxy was given for the options that it asked with. */
export interface Outcome {
  readonly proxy: ProxyMemory
  readonly options: ProxyOptions
  readonly reading: Reading
  readonly given?: Given
  readonly translation: Translation
  /** Whether nothing that it read has changed since. */
  fresh: boolean
}

/** What is remembered of one proxy. */
export interface ProxyMemory {
  readonly key: ProxyKey
  readonly id: string
  /** As policies saw it when it was translated last. Absent for zone proxies. */
  shape?: ProxyShape
  /** What policies may ask of it, its mesh before each. */
  matchKeys: readonly string[]
  outcomes: readonly Outcome[]
}

/** A name that means something in one mesh only. */
export function inMesh(mesh: string | undefined, name: string): string {
  return `${mesh ?? ''}/${name}`
}

/** Streams of one proxy with different metadata, of which more than so many are not remembered. */
const outcomesKept = 4

/**
 * What was translated, and from what. It belongs to the newest of a line of fleets, and changes; nobody outside sees more of
 * it than that equal questions are answered without work.
 */
export class FleetMemory {
  private readonly proxies = new Map<string, ProxyMemory>()
  private readonly counts = new Map<string, number>()
  private readonly alike = new Map<string, Reading>()
  private readonly byCell = new Map<string, Set<Reading>>()
  private readonly byEndpoints = new Map<string, Set<Reading>>()
  private readonly byMatchKey = new Map<string, Set<ProxyMemory>>()

  proxy(id: string): ProxyMemory | undefined {
    return this.proxies.get(id)
  }

  /** How many of a mesh are remembered. */
  size(mesh: string): number {
    return this.counts.get(mesh) ?? 0
  }

  inMesh(mesh: string): ProxyMemory[] {
    return [...this.proxies.values()].filter(({ key }) => key.mesh === mesh)
  }

  like(likeness: string): Reading | undefined {
    return this.alike.get(likeness)
  }

  /** Remembers the proxy as it is now. */
  meet(key: ProxyKey, id: string, shape?: ProxyShape): ProxyMemory {
    const known = this.proxies.get(id)
    const proxy: ProxyMemory = known ?? { key, id, matchKeys: [], outcomes: [] }
    if (!known) {
      this.proxies.set(id, proxy)
      this.count(key.mesh, 1)
    }
    if (proxy.shape === shape) return proxy
    for (const matchKey of proxy.matchKeys) removeFrom(this.byMatchKey, matchKey, proxy)
    proxy.shape = shape
    proxy.matchKeys = shape ? [...proxyKeys(shape)].map((matchKey) => inMesh(key.mesh, matchKey)) : []
    for (const matchKey of proxy.matchKeys) addTo(this.byMatchKey, matchKey, proxy)
    return proxy
  }

  keepReading(reading: Reading): void {
    if (reading.likeness !== undefined) this.alike.set(reading.likeness, reading)
    for (const cell of reading.cells) addTo(this.byCell, cell, reading)
    for (const cell of reading.endpointCells) addTo(this.byEndpoints, cell, reading)
  }

  /** @param before the outcome whose place it takes */
  keepOutcome(outcome: Outcome, before: Outcome | undefined): void {
    const { proxy, reading } = outcome
    reading.users.add(outcome)
    const others = proxy.outcomes.filter((one) => one !== before)
    for (const gone of [...(before ? [before] : []), ...others.slice(outcomesKept - 1)]) this.release(gone)
    proxy.outcomes = [outcome, ...others.slice(0, outcomesKept - 1)]
  }

  /** Parts have changed: what read them has to be worked out anew. */
  invalidate(cells: Iterable<string>): ReadonlySet<ProxyMemory> {
    const touched = new Set<ProxyMemory>()
    for (const cell of cells) {
      for (const reading of [...(this.byCell.get(cell) ?? [])]) {
        for (const { proxy } of reading.users) touched.add(proxy)
        this.drop(reading)
      }
      for (const reading of this.byEndpoints.get(cell) ?? []) {
        for (const { proxy } of reading.users) touched.add(proxy)
        reading.contents = undefined
      }
    }
    for (const proxy of touched) this.touch(proxy)
    return touched
  }

  /** The proxy has to be worked out anew; what others like it read still holds for it. */
  touch(proxy: ProxyMemory): void {
    for (const outcome of proxy.outcomes) outcome.fresh = false
  }

  /** The proxy has to be worked out anew, and it is no longer the one that it was: what was made for it alone goes. */
  change(proxy: ProxyMemory): void {
    this.touch(proxy)
    for (const outcome of proxy.outcomes) if (outcome.reading.template?.personal !== false) this.release(outcome)
  }

  /** The proxy has to be worked out from nothing. */
  leave(proxy: ProxyMemory): void {
    this.touch(proxy)
    for (const outcome of proxy.outcomes) this.release(outcome)
  }

  /** Proxies that have something that a policy asks for. Any of the keys would do: the one that the fewest have is taken. */
  having(matchKeys: readonly string[]): Iterable<ProxyMemory> {
    const sets = matchKeys.map((key) => this.byMatchKey.get(key))
    if (sets.some((set) => set === undefined)) return []
    return sets.reduce((a, b) => (b!.size < a!.size ? b : a)) ?? []
  }

  forget(id: string): void {
    const proxy = this.proxies.get(id)
    if (!proxy) return
    this.leave(proxy)
    for (const key of proxy.matchKeys) removeFrom(this.byMatchKey, key, proxy)
    this.proxies.delete(id)
    this.count(proxy.key.mesh, -1)
  }

  private count(mesh = '', by: number): void {
    this.counts.set(mesh, (this.counts.get(mesh) ?? 0) + by)
  }

  /** A reading that nobody uses any more goes. */
  private release(outcome: Outcome): void {
    const { reading } = outcome
    reading.users.delete(outcome)
    if (reading.users.size === 0) this.drop(reading)
  }

  private drop(reading: Reading): void {
    if (reading.likeness !== undefined && this.alike.get(reading.likeness) === reading) this.alike.delete(reading.likeness)
    for (const cell of reading.cells) removeFrom(this.byCell, cell, reading)
    for (const cell of reading.endpointCells) removeFrom(this.byEndpoints, cell, reading)
  }
}

function addTo<T>(index: Map<string, Set<T>>, key: string, item: T): void {
  const set = index.get(key)
  if (set) set.add(item)
  else index.set(key, new Set([item]))
}

function removeFrom<T>(index: Map<string, Set<T>>, key: string, item: T): void {
  const set = index.get(key)
  if (set?.delete(item) && set.size === 0) index.delete(key)
}

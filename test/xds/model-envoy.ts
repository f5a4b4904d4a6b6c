import { type ResourceTypeName, resourceTypes } from '../../src/translate/snapshot.js'
import type { Heard } from './case.js'
import type { Seen } from './world.js'

/** A request, in the words of both protocols. */
export interface ModelRequest {
  readonly type: ResourceTypeName
  /** All that the client wants; empty means everything where it wants everything. */
  readonly names: readonly string[]
  readonly added: readonly string[]
  readonly dropped: readonly string[]
  readonly nonce: string
  readonly version: string
  readonly error?: string
}

export interface ModelResponse extends Omit<Heard, 'resources'> {
  readonly resources: readonly Seen[]
}

const fullState = new Set<ResourceTypeName>(resourceTypes.flatMap((t) => (t.fullState ? [t.name] : [])))

/**
 * What Envoy does with the resources that it gets, as far as their order matters: clusters serve once their endpoints came
 * after them, listeners once their routes are there; until then the former version serves.
 */
export class ModelEnvoy {
  readonly clusters = new Map<string, { readonly seen: Seen; warm: boolean; before: boolean }>()
  readonly endpoints = new Map<string, Seen>()
  readonly routes = new Map<string, Seen>()
  /** Those that take traffic. */
  readonly listeners = new Map<string, Seen>()
  /** Those that wait for their routes. */
  readonly warming = new Map<string, Seen>()
  /** What the server did wrong. */
  readonly faults: string[] = []
  readonly out: ModelRequest[] = []
  readonly refusedResponses: string[] = []
  private readonly wanted = new Map<ResourceTypeName, Set<string>>()
  private readonly nonces = new Map<ResourceTypeName, string>()
  private readonly versions = new Map<ResourceTypeName, string>()

  constructor(
    private readonly delta: boolean,
    /** What it refuses, and whether it says the names. */
    private readonly refuses: (type: ResourceTypeName, resource: Seen) => boolean = () => false,
    private readonly namesGuilty = true,
    /** Asks for listeners at once, not when its clusters are warm. */
    private readonly hasty = false,
  ) {
    this.request('clusters', [], [])
    if (hasty) this.request('listeners', [], [])
  }

  receive(response: ModelResponse): void {
    const { type, resources, nonce, version } = response
    this.nonces.set(type, nonce)
    const brief = JSON.stringify([type, resources, response.removed])
    if (this.refusedResponses.includes(brief)) this.faults.push(`sent again what was refused: ${brief}`)
    const names = resources.map(({ name }) => name)
    if (new Set(names).size < names.length) this.faults.push(`a name twice in one response: ${names.join(' ')}`)
    const bad = resources.filter((r) => this.refuses(type, r))
    if (bad.length > 0) {
      this.refusedResponses.push(brief)
      const error = this.namesGuilty ? `Error adding ${bad.map(({ name }) => name).join(', ')}: refused` : 'something in there is wrong'
      this.request(type, [], [], error)
      return
    }
    this.versions.set(type, version)
    if (type === 'clusters') this.takeClusters(resources, response.removed)
    else if (type === 'endpoints') this.takeEndpoints(resources)
    else if (type === 'listeners') this.takeListeners(resources, response.removed)
    else if (type === 'routes') for (const r of resources) if (this.wanted.get('routes')?.has(r.name)) this.routes.set(r.name, r)
    this.activate()
    this.request(type, [], [])
    if (!this.wanted.has('listeners') && [...this.clusters.values()].every(({ warm }) => warm)) this.request('listeners', [], [])
    this.check()
  }

  private takeClusters(resources: readonly Seen[], removed: readonly string[]): void {
    const gone = this.delta ? removed : [...this.clusters.keys()].filter((name) => !resources.some((r) => r.name === name))
    for (const name of gone) this.clusters.delete(name)
    for (const seen of resources) {
      const known = this.clusters.get(seen.name)
      if (known?.seen.revision === seen.revision) continue
      this.clusters.set(seen.name, { seen, warm: false, before: known?.warm || known?.before || false })
    }
    this.want('endpoints', [...this.clusters.keys()])
  }

  private takeEndpoints(resources: readonly Seen[]): void {
    for (const seen of resources) {
      if (!this.wanted.get('endpoints')?.has(seen.name)) continue
      this.endpoints.set(seen.name, seen)
      const cluster = this.clusters.get(seen.name)
      if (cluster) cluster.warm = true
    }
  }

  private takeListeners(resources: readonly Seen[], removed: readonly string[]): void {
    const listening = [...this.listeners.keys(), ...this.warming.keys()]
    const gone = this.delta ? removed : listening.filter((name) => !resources.some((r) => r.name === name))
    for (const name of gone) {
      this.listeners.delete(name)
      this.warming.delete(name)
    }
    for (const seen of resources) {
      if (this.listeners.get(seen.name)?.revision === seen.revision) this.warming.delete(seen.name)
      else this.warming.set(seen.name, seen)
    }
    const listed = [...this.listeners.values(), ...this.warming.values()]
    this.want('routes', [...new Set(listed.flatMap(({ refers }) => refers))])
  }

  private activate(): void {
    for (const [name, listener] of this.warming) {
      if (!listener.refers.every((route) => this.routes.has(route))) continue
      this.listeners.set(name, listener)
      this.warming.delete(name)
    }
    const used = new Set([...this.listeners.values(), ...this.warming.values()].flatMap(({ refers }) => refers))
    this.want('routes', [...used])
  }

  /** What it holds of a type, serving or not. */
  held(type: ResourceTypeName): ReadonlyMap<string, Seen> {
    if (type === 'clusters') return new Map([...this.clusters].map(([name, { seen }]) => [name, seen]))
    if (type === 'listeners') return new Map([...this.listeners, ...this.warming])
    return type === 'endpoints' ? this.endpoints : this.routes
  }

  /** Every cluster that a serving listener may send to has to serve. */
  private check(): void {
    if (this.hasty) return
    for (const listener of this.listeners.values()) {
      for (const route of listener.refers) {
        for (const cluster of this.routes.get(route)?.refers ?? []) {
          const there = this.clusters.get(cluster)
          if (!there?.warm && !there?.before) this.faults.push(`listener ${listener.name}, route ${route}: no cluster ${cluster}`)
        }
      }
    }
  }

  private want(type: ResourceTypeName, names: readonly string[]): void {
    const before = this.wanted.get(type) ?? new Set()
    const added = names.filter((name) => !before.has(name))
    const dropped = [...before].filter((name) => !names.includes(name))
    if (added.length === 0 && dropped.length === 0) return
    this.wanted.set(type, new Set(names))
    for (const name of dropped) {
      if (type === 'endpoints') this.endpoints.delete(name)
      if (type === 'routes') this.routes.delete(name)
    }
    this.request(type, added, dropped, undefined, true)
  }

  private request(type: ResourceTypeName, added: readonly string[], dropped: readonly string[], error?: string, spontaneous = false): void {
    if (fullState.has(type) && !this.wanted.has(type)) this.wanted.set(type, new Set())
    const nonce = spontaneous && this.delta ? '' : (this.nonces.get(type) ?? '')
    this.out.push({ type, names: [...(this.wanted.get(type) ?? [])], added, dropped, nonce, version: this.versions.get(type) ?? '', error })
  }
}

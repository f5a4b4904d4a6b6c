import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentVersion } from '../../src/server/content-version.js'
import { delta } from '../../src/server/delta.js'
import { isWaiting } from '../../src/server/make-before-break.js'
import { sotw } from '../../src/server/sotw.js'
import { type StreamState, newStream } from '../../src/server/stream-state.js'
import type { ResourceTypeName } from '../../src/translate/snapshot.js'
import { type ModelRequest, type ModelResponse, ModelEnvoy } from './model-envoy.js'
import { linkedWorld as world } from './linked-world.js'
import { type Seen, type World, seenIn, snapshotOf } from './world.js'

const runs = Number(process.env['RUNS'] ?? 300)

/** What happens next: the server reads a request or writes responses, the client reads a response, or the world changes. */
const turn = fc.constantFrom('server', 'write', 'client', 'world' as const)

/** A server that has written nothing to the client yet and a client that waits, with what is on the wire between them. */
class Wire {
  private state: StreamState = newStream('')
  private readonly toClient: ModelResponse[] = []

  constructor(
    private readonly isDelta: boolean,
    readonly client: ModelEnvoy,
  ) {}

  apply(next: World): void {
    this.state = (this.isDelta ? delta : sotw).update(this.state, snapshotOf(next))
  }

  /** The server reads one request, if there is one. */
  server(): boolean {
    const request = this.client.out.shift()
    if (request) this.state = this.receive(request)
    return request !== undefined
  }

  /** The client reads one response, if there is one. */
  reads(): boolean {
    const response = this.toClient.shift()
    if (response) this.client.receive(response)
    return response !== undefined
  }

  settle(): void {
    for (let busy = true; busy; ) busy = [this.server(), this.write(), this.reads()].includes(true)
  }

  get waiting(): boolean {
    return isWaiting(this.state)
  }

  private receive({ type, names, added, dropped, nonce, version, error }: ModelRequest): StreamState {
    if (!this.isDelta) return sotw.receive(this.state, { type, names, nonce, version, error }).state
    return delta.receive(this.state, { type, subscribe: added, unsubscribe: dropped, initialVersions: {}, nonce, error }).state
  }

  /** The server writes one response, if there is one. */
  write(): boolean {
    const { state, response } = (this.isDelta ? delta : sotw).next(this.state)
    this.state = state
    if (!response) return false
    const { type, nonce, removed, resources } = response
    this.toClient.push({ type, nonce, removed, version: contentVersion(resources), resources: resources.map((r) => seenIn(type, r.bytes)) })
    return true
  }
}

/** Lets the worlds come one after the other, with the turns in between, and then all that is under way arrive. */
function play(wire: Wire, worlds: readonly World[], turns: readonly ('server' | 'write' | 'client' | 'world')[]): void {
  const rest = [...worlds]
  const change = () => {
    const next = rest.shift()
    if (next) wire.apply(next)
  }
  change()
  for (const t of turns) {
    if (t === 'server') wire.server()
    else if (t === 'write') wire.write()
    else if (t === 'client') wire.reads()
    else change()
  }
  while (rest.length > 0) {
    change()
    wire.server()
    wire.write()
  }
  wire.settle()
}

const plain = (seen: Iterable<Seen>) => Object.fromEntries([...seen].map(({ name, revision }) => [name, revision]).sort())
const entries = (world: World, type: ResourceTypeName) =>
  Object.entries(world[type] ?? {}).map(([name, entry]) => [name, typeof entry === 'number' ? entry : entry.revision] as const)
const types = ['clusters', 'endpoints', 'listeners', 'routes'] as const

describe.each([
  ['state of the world', false],
  ['incremental', true],
] as const)('%s: an Envoy that is told of change after change', (_, isDelta) => {
  it('has in the end what there is, and never sends to a cluster that is not there', () => {
    fc.assert(
      fc.property(fc.array(world, { minLength: 1, maxLength: 6 }), fc.array(turn, { maxLength: 80 }), (worlds, turns) => {
        const wire = new Wire(isDelta, new ModelEnvoy(isDelta))
        play(wire, worlds, turns)
        const last = worlds.at(-1) ?? {}
        const { client } = wire
        expect(client.faults).toEqual([])
        for (const type of types) expect(plain(client.held(type).values())).toEqual(Object.fromEntries(entries(last, type).sort()))
        expect([...client.clusters.values()].every(({ warm }) => warm)).toBe(true)
        expect(client.warming.size).toBe(0)
        expect(wire.waiting).toBe(false)
      }),
      { numRuns: runs },
    )
  })

  it('that refuses some versions gets everything else, and no response that it refused a second time', () => {
    const refusal = fc.record({
      type: fc.constantFrom(...types),
      name: fc.constantFrom('a', 'b', 'c', 'r', 's', 'l', 'm'),
      odd: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(world, { minLength: 1, maxLength: 5 }),
        fc.array(turn, { maxLength: 60 }),
        fc.array(refusal, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (worlds, turns, refusals, named) => {
          const refuses = (type: ResourceTypeName, { name, revision }: Pick<Seen, 'name' | 'revision'>) =>
            refusals.some((r) => r.type === type && r.name === name && r.odd === (revision % 2 === 1))
          const wire = new Wire(isDelta, new ModelEnvoy(isDelta, refuses, named, true))
          play(wire, worlds, turns)
          const { client } = wire
          expect(client.faults).toEqual([])
          for (const type of types) {
            const held = client.held(type)
            for (const [name, revision] of entries(worlds.at(-1) ?? {}, type)) {
              if (refuses(type, { name, revision })) expect(held.get(name)?.revision).not.toBe(revision)
              else if (type === 'clusters' || type === 'listeners')
                expect([type, name, held.get(name)?.revision]).toEqual([type, name, revision])
              else if (held.has(name)) expect([type, name, held.get(name)?.revision]).toEqual([type, name, revision])
            }
          }
        },
      ),
      { numRuns: runs },
    )
  })
})

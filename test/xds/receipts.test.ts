import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConvergenceTracker } from '../../src/server/convergence.js'
import type { ResourceTypeName } from '../../src/translate/snapshot.js'
import { linkedWorld } from './linked-world.js'
import { SimulatedProxy, type Surroundings } from './simulated-proxy.js'
import type { Seen, World } from './world.js'

// The same in every run of the suite; `RUNS=6000` looks further, elsewhere each time.
const wanted = process.env['RUNS']
const extent = wanted === undefined ? { numRuns: 300, seed: 7 } : { numRuns: Number(wanted) }
const types = ['clusters', 'endpoints', 'listeners', 'routes'] as const
const names = ['one', 'two'] as const

type Turn =
  | { readonly kind: 'change'; readonly who: readonly boolean[]; readonly world: World }
  | { readonly kind: 'translate' | 'server' | 'client' | 'connect' | 'disconnect'; readonly who: number }

const turn: fc.Arbitrary<Turn> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('change' as const), who: fc.tuple(fc.boolean(), fc.boolean()), world: linkedWorld }),
  },
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constantFrom('translate' as const, 'server', 'client', 'client', 'server'), who: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('connect' as const, 'connect', 'disconnect'), who: fc.nat(1) }) },
)

/** Two proxies, and changes that concern one, both or neither of them. Change 0 is what there is at first. */
class Simulation {
  position = 0
  readonly tracker: ConvergenceTracker = new ConvergenceTracker({
    position: () => this.position,
    now: () => 0,
    graceMs: 0,
    isDue: (session) => this.proxies.some((proxy) => proxy.session === session && proxy.due),
  })
  readonly proxies: readonly SimulatedProxy[]

  constructor(first: World, around: Omit<Surroundings, 'tracker'>) {
    this.proxies = names.map((name) => new SimulatedProxy(name, { tracker: this.tracker, ...around }))
    for (const { worlds } of this.proxies) worlds.push(first)
  }

  async play(next: Turn): Promise<void> {
    if (next.kind === 'change') return this.change(next.who, next.world)
    const proxy = this.proxies[next.who]
    if (next.kind === 'connect') await proxy?.connect()
    else if (next.kind === 'disconnect') proxy?.disconnect()
    else if (next.kind === 'translate') proxy?.translate()
    else if (next.kind === 'server') proxy?.reads()
    else proxy?.takes()
  }

  /** Everything that is under way arrives. */
  settle(): void {
    for (const proxy of this.proxies) while ([proxy.translate(), proxy.reads(), proxy.takes()].includes(true));
  }

  private change(who: readonly boolean[], world: World): void {
    const before = this.position++
    for (const [i, proxy] of this.proxies.entries()) {
      proxy.worlds.push(who[i] ? world : (proxy.worlds.at(-1) ?? {}))
      if (!who[i] || !proxy.session) continue
      proxy.due = true
      this.tracker.touched([proxy.session], before)
    }
  }
}

const revisionIn = (world: World | undefined, type: ResourceTypeName, name: string) => {
  const entry = world?.[type]?.[name]
  return typeof entry === 'object' ? entry.revision : entry
}

/** What a proxy has that was never so since the change; it is said to run it. */
function behind({ client, worlds, session }: SimulatedProxy, position: number): string[] {
  const since = worlds.slice(position)
  const refused = new Set((session?.refused ?? []).map(({ type, name }) => `${type}/${name}`))
  return types.flatMap((type) => {
    const held = client?.held(type)
    const known = new Set([...since.flatMap((world) => Object.keys(world[type] ?? {})), ...(held?.keys() ?? [])])
    return [...known].flatMap((name) => {
      const has = held?.get(name)?.revision
      // Who refuses something does not ask for what that alone refers to, and keeps what the older version refers to.
      const follows = refused.size > 0 && (has === undefined || since.every((world) => revisionIn(world, type, name) === undefined))
      const fits = since.some((world) => revisionIn(world, type, name) === has)
      return fits || follows || refused.has(`${type}/${name}`) ? [] : [`${type}/${name}@${has}`]
    })
  })
}

/** The first change since which a proxy is to have what it refuses now. */
function refusedSince({ worlds, session }: SimulatedProxy): number[] {
  return (session?.refused ?? []).map(({ type, name }) => {
    const now = revisionIn(worlds.at(-1), type, name)
    let at = worlds.length - 1
    while (at > 0 && revisionIn(worlds[at - 1], type, name) === now) at--
    return at
  })
}

const refusal = fc.record({ type: fc.constantFrom(...types), name: fc.constantFrom('a', 'b', 'r', 's', 'l', 'm'), odd: fc.boolean() })

describe.each([
  ['state of the world', false],
  ['incremental', true],
] as const)('%s: who is said to run a change', (_, isDelta) => {
  it.each([
    ['has what the change made of its configuration, or something newer', 0],
    ['has all of it that it did not refuse, and is not said to run what it refuses', 4],
  ])('%s', async (__, refusalsMost) => {
    const refusals = fc.array(refusal, { minLength: Math.min(1, refusalsMost), maxLength: refusalsMost })
    await fc.assert(
      fc.asyncProperty(linkedWorld, fc.array(turn, { maxLength: 120 }), refusals, fc.boolean(), async (first, turns, refused, named) => {
        const refuses = (type: ResourceTypeName, { name, revision }: Seen) =>
          refused.some((r) => r.type === type && r.name === name && r.odd === (revision % 2 === 1))
        const refusing = refusalsMost > 0 ? { refuses, namesGuilty: named } : undefined
        const simulation = new Simulation(first, { isDelta, refusing })
        const { tracker, proxies } = simulation
        const running = (proxy: SimulatedProxy, position: number) => tracker.standingOf(proxy.key, position).state === 'running'
        const check = () => {
          for (const proxy of proxies) {
            for (let position = 0; position <= simulation.position; position++) {
              if (running(proxy, position)) expect(behind(proxy, position)).toEqual([])
            }
          }
        }
        await proxies[0]?.connect()
        for (const next of turns) {
          await simulation.play(next)
          check()
        }
        for (const proxy of proxies) await proxy.connect()
        simulation.settle()
        check()
        for (const proxy of proxies) {
          for (const position of refusedSince(proxy)) expect(running(proxy, position)).toBe(false)
          for (let position = 0; position <= simulation.position; position++) {
            expect(tracker.standingOf(proxy.key, position).state).toMatch(refusalsMost === 0 ? /^running$/ : /^(running|refused)$/)
          }
          proxy.disconnect()
        }
      }),
      extent,
    )
  })
})

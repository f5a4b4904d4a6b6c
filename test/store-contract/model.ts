import * as fc from 'fast-check'
import { expect } from 'vitest'
import { KumaError } from '../../src/core/errors.js'
import type { Resource, ResourceKey } from '../../src/core/resource.js'
import type { ChangeEvent, Store, Write } from '../../src/core/store.js'
import { put, remove, settled } from './samples.js'

/** The simplest thing that could be a store: a map from key to JSON text, copied for each transaction. */
type Model = ReadonlyMap<string, string>

const idOf = ({ type, mesh, name }: ResourceKey) => JSON.stringify([type, mesh ?? null, name])
const textOf = ({ labels, spec, status }: Resource) => JSON.stringify(canonical({ labels, spec, status }))

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, canonical(v)]),
  )
}

/** What watchers hear of: all but insights. */
const told = (model: Model): Model => new Map([...model].filter(([id]) => !id.startsWith('["DataplaneInsight"')))

/** The model after the writes; undefined where the transaction must fail. */
function apply(model: Model, writes: readonly Write[]): Model | undefined {
  const next = new Map(model)
  for (const write of writes) {
    const { type, mesh, name } = write.op === 'put' ? write.resource : write.key
    const id = idOf({ type, mesh, name })
    if (write.op === 'put') {
      const owner = type === 'DataplaneInsight' ? { type: 'Dataplane', mesh, name } : { type: 'Mesh', name: mesh ?? '' }
      if (type !== 'Mesh' && !next.has(idOf(owner))) return undefined
      if (write.expect === 'absent' && next.has(id)) return undefined
      next.set(id, textOf(write.resource))
    } else {
      if (!next.delete(id)) return undefined
      for (const other of [...next.keys()]) {
        const [otherType, otherMesh, otherName] = JSON.parse(other) as [string, string | null, string]
        const inMesh = type === 'Mesh' && otherMesh === name
        const ofProxy = type === 'Dataplane' && otherType === 'DataplaneInsight' && otherMesh === mesh && otherName === name
        if (inMesh || ofProxy) next.delete(other)
      }
    }
  }
  return next
}

const name = fc.constantFrom('a', 'b', 'a.b', 'c')
const meshName = fc.constantFrom('default', 'other')
const resourceKey: fc.Arbitrary<ResourceKey> = fc.oneof(
  fc.record({ type: fc.constant('Mesh'), name: meshName }),
  fc.record({ type: fc.constantFrom('Dataplane', 'DataplaneInsight', 'TrafficRoute'), mesh: meshName, name }),
)
const content = fc.record({
  labels: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2'), { maxKeys: 2 }),
  spec: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom({}, { n: 1 }, { n: 2, list: [{ m: '"' }] }) },
    // A kind's schema takes objects; in them may be anything.
    { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue(), { maxKeys: 3, noNullPrototype: true }) },
  ),
})
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(resourceKey, content).map(([key, rest]) => put({ ...key, ...rest })) },
  { weight: 1, arbitrary: fc.tuple(resourceKey, content).map(([key, rest]) => put({ ...key, ...rest }, 'absent')) },
  { weight: 2, arbitrary: resourceKey.map((key) => remove(key)) },
)
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('write' as const), writes: fc.array(write, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), back: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
)

/** Random transactions on a store and on a model come to the same, and so do copies that watchers keep. */
export async function likeModel(create: () => Promise<Store>, reopen: (store: Store) => Promise<Store>, numRuns = 100): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    let store = await create()
    const history: { model: Model; position: number }[] = [{ model: new Map(), position: (await store.list()).position }]
    let copies: Map<string, string>[] = []
    for (const next of steps) {
      const model = history.at(-1)?.model ?? new Map()
      if (next.do === 'write') {
        const expected = apply(model, next.writes)
        const error = await store.write(next.writes).then(
          () => undefined,
          (e: unknown) => e,
        )
        if (expected === undefined) expect(error).toBeInstanceOf(KumaError)
        else expect(error).toBeUndefined()
        const listing = await store.list()
        expect(new Map(listing.items.map(({ resource }) => [idOf(resource), textOf(resource)]))).toEqual(expected ?? model)
        history.push({ model: expected ?? model, position: listing.position })
      } else if (next.do === 'watch') {
        const start = history[Math.max(0, history.length - 1 - next.back)] ?? { model: new Map(), position: 0 }
        const copy = new Map(told(start.model))
        store.watch((events) => follow(copy, events), start.position)
        copies.push(copy)
      } else {
        await settled(store)
        for (const copy of copies) expect(copy).toEqual(told(model))
        copies = []
        store = await reopen(store)
      }
    }
    await settled(store)
    for (const copy of copies) expect(copy).toEqual(told(history.at(-1)?.model ?? new Map()))
    await store.close()
  })
  await fc.assert(property, { numRuns })
}

function follow(copy: Map<string, string>, events: readonly ChangeEvent[] | 'reset'): void {
  if (events === 'reset') throw new Error('reset')
  for (const event of events) {
    if (event.op === 'put') copy.set(idOf(event.key), textOf(event.stored.resource))
    else copy.delete(idOf(event.key))
  }
}

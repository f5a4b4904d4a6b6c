import * as fc from 'fast-check'
import { KumaError } from '../../src/core/errors.js'
import { keyOf } from '../../src/core/resource.js'
import type { Store, Stored } from '../../src/core/store.js'
import { dataplane, key, mesh, put, remove } from '../store-contract/samples.js'
import type { Did, Operation, PutResult, Value } from './linearizable.js'
import { Observations, Watcher } from './observations.js'

/** What a client does next. `expect`: what it last knew of the key. */
export type Step = OnKey | { readonly do: 'list' | 'watch' | 'pause' }

type OnKey =
  | { readonly do: 'put'; readonly name: string; readonly expect: boolean }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'get'; readonly name: string }

const name = fc.constantFrom('a', 'b', 'c')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), name, expect: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('get' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('list' as const, 'watch' as const, 'pause' as const) }) },
)

/** What each of several clients does, one after the other. */
export const scripts = (clients: number, length: number) =>
  fc.array(fc.array(step, { minLength: 1, maxLength: length }), { minLength: 2, maxLength: clients })

/** What happened, seen from outside. */
export interface History {
  /** By key. */
  readonly operations: ReadonlyMap<string, readonly Operation[]>
  readonly observations: Observations
  readonly watchers: readonly Watcher[]
  /** What is stored in the end. */
  readonly final: readonly Stored[]
}

/**
 * Has clients work at the same time, each on one of the stores, which are the same store seen from several processes.
 * @param scripts a script for each client
 */
export async function record(stores: readonly Store[], scripts: readonly (readonly Step[])[]): Promise<History> {
  const storeOf = (client: number) => stores[client % stores.length] as Store
  await storeOf(0).write([put(mesh())])
  const operations = new Map<string, Operation[]>()
  const observations = new Observations()
  const watchers: Watcher[] = []
  let now = 0
  let values = 0

  async function note(of: string, action: () => Promise<Did>): Promise<Did> {
    const began = ++now
    const did = await action()
    const unknown = did.op !== 'get' && did.result === 'unknown'
    const all = operations.get(of) ?? []
    operations.set(of, all)
    all.push({ began, ended: unknown ? Number.POSITIVE_INFINITY : ++now, did })
    return did
  }

  async function client(store: Store, script: readonly Step[]): Promise<void> {
    const known = new Map<string, number | 'absent'>()
    for (const next of script) {
      if (next.do === 'pause') await new Promise((resolve) => setTimeout(resolve, 2))
      else if (next.do === 'watch') watchers.push(new Watcher(store, observations))
      else if (next.do === 'list') observations.list(await store.list())
      else if ('name' in next) {
        const target = dataplane(next.name)
        const did = await note(keyOf(target), () => act(store, next, known.get(next.name)))
        if (did.op === 'get') known.set(next.name, did.found?.version ?? 'absent')
        else if (did.op === 'put' && typeof did.result === 'object') known.set(next.name, did.result.version)
      }
    }
  }

  async function act(store: Store, next: OnKey, last: number | 'absent' | undefined): Promise<Did> {
    const target = dataplane(next.name, { value: String(++values) })
    if (next.do === 'get') return { op: 'get', found: foundIn(await store.get(key(target))) }
    if (next.do === 'delete') {
      const code = await store.write([remove(key(target))]).then(() => 'done' as const, codeOf)
      return { op: 'delete', result: code === 'done' || code === 'not-found' ? code : 'unknown' }
    }
    const expect = next.expect ? last : undefined
    const result = await store.write([put(target, expect)]).then(
      ([stored]): PutResult => ({ version: stored?.version ?? 0 }),
      (error): PutResult => (codeOf(error) === 'conflict' ? 'conflict' : 'unknown'),
    )
    return { op: 'put', value: String((target.spec as { value: string }).value), expect, result }
  }

  await Promise.all(scripts.map((script, index) => client(storeOf(index), script)))
  const { items, position } = await storeOf(0).list()
  observations.list({ items, position })
  await Promise.all(watchers.map((watcher) => watcher.reached(items, position)))
  return { operations, observations, watchers, final: items }
}

function codeOf(error: unknown): string {
  if (error instanceof KumaError) return error.code
  throw error
}

function foundIn(stored: Stored | undefined): Value | undefined {
  return stored && { value: (stored.resource.spec as { value: string }).value, version: stored.version }
}

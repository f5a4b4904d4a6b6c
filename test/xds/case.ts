import type { ResourceTypeName } from '../../src/translate/snapshot.js'
import type { World } from './world.js'

/** A request, as a case writes it. */
export interface Ask {
  readonly type: ResourceTypeName
  /** State of the world: all that is wanted. */
  readonly names?: readonly string[]
  /** Incremental. */
  readonly subscribe?: readonly string[]
  readonly unsubscribe?: readonly string[]
  /** Incremental: what the client says that it has; revisions of the world that was last applied, or `'other'`. */
  readonly has?: Readonly<Record<string, 'current' | 'other'>>
  /** Of the last response of the type, of the one before it, or none at all. Default: none. */
  readonly nonce?: 'last' | 'previous' | 'none'
  /** State of the world: the version of the last response of the type, or one of an earlier stream. */
  readonly version?: 'last' | 'current'
  readonly error?: string
}

export type Step =
  | { readonly apply: World }
  | { readonly send: Ask }
  /** The next response: exactly these resources, by revision, and removals. */
  | { readonly expect: Expected }
  | { readonly silence: true }

export interface Expected {
  readonly type: ResourceTypeName
  readonly resources: Readonly<Record<string, number>>
  readonly removed?: readonly string[]
}

/** One rule of the protocol. */
export interface Case {
  /** The rule, as a sentence. */
  readonly rule: string
  readonly protocol: 'sotw' | 'delta'
  /** Not demanded by the protocol: a choice of this server. */
  readonly ours?: true
  readonly steps: readonly Step[]
}

/** A response, as a client sees it. */
export interface Heard {
  readonly type: ResourceTypeName
  /** In their order; a name that stands twice is seen twice. */
  readonly resources: readonly { readonly name: string; readonly revision: number }[]
  readonly removed: readonly string[]
  readonly nonce: string
  readonly version: string
}

/** A client of the server that is judged, and a hand on what the server has to tell. */
export interface Subject {
  apply(world: World): Promise<void>
  send(ask: Ask & { readonly responseNonce: string; readonly versionInfo: string }): Promise<void>
  /** The next response; undefined when there is none to come. `expected`: whether one should. */
  hear(expected: boolean): Promise<Heard | undefined>
}

/** What a server did wrong, or undefined. */
export async function runCase({ steps }: Case, subject: Subject): Promise<string | undefined> {
  const heard = new Map<ResourceTypeName, Heard[]>()
  const nonces = new Set<string>()
  const of = (type: ResourceTypeName) => heard.get(type) ?? []
  for (const [i, step] of steps.entries()) {
    const here = `step ${i + 1}`
    if ('apply' in step) await subject.apply(step.apply)
    else if ('send' in step) {
      const { type, nonce = 'none', version } = step.send
      const about = nonce === 'none' ? undefined : of(type).at(nonce === 'last' ? -1 : -2)
      if (nonce !== 'none' && !about) return `${here}: the case names a response that was never there`
      const versionInfo = version === 'last' ? (of(type).at(-1)?.version ?? '') : (version ?? '')
      await subject.send({ ...step.send, responseNonce: about?.nonce ?? '', versionInfo })
    } else {
      const response = await subject.hear('expect' in step)
      if ('silence' in step) {
        if (response) return `${here}: nothing was to come, there came ${brief(response)}`
        continue
      }
      if (!response) return `${here}: expected ${brief(step.expect)}, nothing came`
      if (nonces.has(response.nonce) || response.nonce === '') return `${here}: nonce "${response.nonce}" is empty or was used before`
      nonces.add(response.nonce)
      heard.set(response.type, [...of(response.type), response])
      if (brief(response) !== brief(step.expect)) return `${here}: expected ${brief(step.expect)}, there came ${brief(response)}`
    }
  }
  return undefined
}

/** `clusters a@1 b@2 -c` */
function brief({ type, resources, removed = [] }: Heard | Expected): string {
  const list = Array.isArray(resources)
    ? (resources as Heard['resources'])
    : Object.entries(resources).map(([name, revision]) => ({ name, revision: revision as number }))
  const told = list.map(({ name, revision }) => `${name}@${revision}`).sort()
  return [type, ...told, ...removed.map((name) => `-${name}`).sort()].join(' ')
}

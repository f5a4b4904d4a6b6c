import type { Registry } from '../core/kind.js'
import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import type { Fleet, FleetChange } from '../translate/fleet.js'
import { policies } from '../translate/policies/index.js'
import type { ResourceTypeName, SealedResource, Snapshot } from '../translate/snapshot.js'
import type { FleetUpdate, LiveFleet } from './live-fleet.js'
import type { Log } from './log.js'
import type { Finding } from './quarantine.js'

/** A resource that a proxy refuses. */
export interface Accusation {
  readonly proxy: ResourceKey
  readonly type: ResourceTypeName
  readonly name: string
  readonly version: string
  /** The last change that the proxy ran before it refused this; -1: none. */
  readonly ran: number
  /** What the proxy gets of a fleet; undefined: it is not connected any more. */
  translate(fleet: Fleet): Snapshot | undefined
}

export interface BlameOptions {
  readonly live: () => Pick<LiveFleet, 'fleet' | 'ofType'>
  readonly registry: Registry
  readonly log: Log
  /** Lets others have their turn between two translations. */
  readonly pause: () => Promise<void>
}

/**
 * Finds the policies behind a resource that a proxy refuses: those without which the resource would be another, or would not
 * be. What has changed since the proxy last ran everything is looked at first, and raw Envoy configuration goes before the rest,
 * which Envoy takes as a rule.
 */
export interface Blame {
  /** Takes note of what changes. */
  changed(update: FleetUpdate): void
  /** Resolves with what was found out, with no policies where none is behind it; undefined: it is no question any more. */
  investigate(accusation: Accusation): Promise<Finding | undefined>
}

/** A policy that may be behind it, and the change that undoes it. */
interface Suspect {
  readonly key: ResourceKey
  readonly undo: FleetChange
  readonly position: number
}

/** Investigations that may wait; of more, nobody learns the policies. */
const mostWaiting = 1000

/** Of so many policies it is known what they were before they changed last. */
const changesKept = 10_000

const isRaw = new Map(policies.map(({ kind, slots }) => [kind.type, slots.patch !== undefined]))

export function createBlame({ live, registry, log, pause }: BlameOptions): Blame {
  /** The last change of each policy that changed since the start, and what was there before it. */
  const changes = new Map<string, { readonly position: number; readonly key: ResourceKey; readonly previous: Resource | undefined }>()
  const kinds = registry.kinds.flatMap(({ type, policy }) => (policy ? [type] : []))
  /** What was found last: many proxies refuse the same for the same reason. */
  let usual: Suspect | undefined
  let undone: { readonly fleet: Fleet; readonly key: string; readonly without: Fleet } | undefined
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()

  function suspects({ proxy }: Accusation): Suspect[] {
    const inReach = ({ mesh }: ResourceKey) => proxy.mesh === undefined || mesh === proxy.mesh
    const present = kinds.flatMap((type) => [...live().ofType(type)]).filter(inReach)
    const all = present.map((resource): Suspect => {
      const change = changes.get(keyOf(resource))
      const undo: FleetChange = change?.previous ? { op: 'put', resource: change.previous } : { op: 'delete', key: resource }
      return { key: keyPart(resource), undo, position: change?.position ?? -1 }
    })
    const there = new Set(present.map(keyOf))
    for (const [text, { key, previous, position }] of changes) {
      if (previous && !there.has(text) && inReach(key)) all.push({ key, undo: { op: 'put', resource: previous }, position })
    }
    return all.sort((a, b) => b.position - a.position)
  }

  function without(fleet: Fleet, group: readonly Suspect[]): Fleet {
    const key = group.map((one) => keyOf(one.key)).join()
    if (undone?.fleet !== fleet || undone.key !== key) undone = { fleet, key, without: fleet.apply(group.map(({ undo }) => undo)).fleet }
    return undone.without
  }

  async function search(accusation: Accusation, fleet: Fleet, group: readonly Suspect[]): Promise<Suspect[]> {
    if (group.length === 0) return []
    await pause()
    const found = resourceIn(accusation, without(fleet, group))
    if (found === 'gone' || found?.version === accusation.version) return []
    if (group.length === 1) return [...group]
    const middle = Math.ceil(group.length / 2)
    return [...(await search(accusation, fleet, group.slice(0, middle))), ...(await search(accusation, fleet, group.slice(middle)))]
  }

  async function find(accusation: Accusation): Promise<Finding | undefined> {
    const { fleet } = live()
    const now = resourceIn(accusation, fleet)
    const { name, version } = accusation
    if (now === 'gone' || now?.version !== version) return undefined
    const all = suspects(accusation)
    const known = all.filter(({ key, position }) => usual && keyOf(key) === keyOf(usual.key) && position === usual.position)
    const recent = all.filter(({ position }) => position > accusation.ran)
    let found: Suspect[] = []
    for (const group of [known, recent.filter(raw), recent, all]) {
      found = await search(accusation, fleet, group)
      if (found.length > 0) break
    }
    const rawOnes = found.filter(raw)
    if (rawOnes.length > 0) found = rawOnes
    const [only] = found
    usual = found.length === 1 ? only : usual
    const finding = { name, version, policies: found.map(({ key }) => key) }
    // Only raw configuration is left out for those who have nothing else: leaving out other policies might let in whom they keep out.
    const instead = only && rawOnes.length === 1 ? resourceIn(accusation, without(fleet, [only])) : undefined
    return instead === 'gone' || !instead ? finding : { ...finding, instead }
  }

  return {
    changed({ changed, before }) {
      for (const { key, previous } of changed) {
        if (!kinds.includes(key.type)) continue
        // What a policy was before it was bad stays what can be gone back to.
        const bad = usual && keyOf(usual.key) === keyOf(key) ? changes.get(keyOf(key)) : undefined
        changes.delete(keyOf(key))
        changes.set(keyOf(key), { position: before + 1, key: keyPart(key), previous: bad ? bad.previous : previous })
        if (changes.size > changesKept) changes.delete(changes.keys().next().value ?? '')
      }
    },
    investigate(accusation) {
      if (waiting >= mostWaiting) return Promise.resolve(undefined)
      waiting++
      const next = last
        .then(() => find(accusation))
        .catch((error: unknown) => {
          log.error('it could not be found out which policy is behind what a proxy refuses', { proxy: keyOf(accusation.proxy), error })
          return undefined
        })
      last = next.finally(() => {
        waiting--
        if (waiting === 0) undone = undefined
      })
      return next
    },
  }
}

const raw = ({ key }: Suspect) => isRaw.get(key.type) === true

function resourceIn({ type, name, translate }: Accusation, fleet: Fleet): SealedResource | undefined | 'gone' {
  const snapshot = translate(fleet)
  return snapshot ? snapshot[type].get(name) : 'gone'
}

function keyPart({ type, mesh, name }: ResourceKey): ResourceKey {
  return mesh === undefined ? { type, name } : { type, mesh, name }
}

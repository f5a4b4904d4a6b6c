import { mayConcern } from '../translate/concerned.js'
import { meshOf } from './mesh-state.js'
import type { Resource } from '../core/resource.js'
import type { ProxyKey } from '../translate/fleet.js'
import { type Json, leavesOf } from './document.js'
import type { Origin } from './origin.js'
import { policyOriginsOf } from './provenance.js'
import { disturbance } from './relevant.js'
import { placesIn } from './search.js'
import { isPolicy, resourceSource } from './source.js'
import type { World } from './world.js'

/** What one policy does on one proxy. */
export interface PolicyOnProxy {
  readonly proxy: ProxyKey
  readonly sets: readonly SetField[]
  /** Fields that the policy would set, were it not for others. */
  readonly overridden: readonly LostField[]
}

export interface SetField {
  readonly path: string
  readonly value: Json
  /** Places in the policy that the field comes from. */
  readonly places: readonly string[]
  /** What the field would be without the policy; absent where there would be none. */
  readonly otherwise?: Json
  /** The policies that would say it then. */
  readonly overrode: readonly Origin[]
  /** The field would read the same without the policy. */
  readonly redundant?: true
}

export interface LostField {
  readonly path: string
  readonly value: Json
  /** What the policy would make of it. */
  readonly would: Json
  /** Policies that say the value. */
  readonly by: readonly Origin[]
}

/** @param policy among the world's resources */
export function policyOnProxy(world: World, policy: Resource): PolicyOnProxy {
  return { proxy: world.proxy, sets: setFields(world, policy), overridden: lostFields(world, policy) }
}

function setFields(world: World, policy: Resource): SetField[] {
  const gone = world.without([policy])
  const changed = new Map([...(disturbance(world, [policy]) ?? []), ...(gone ?? [])])
  if (changed.size === 0) return []
  const places = placesIn(resourceSource(world, policy, true), new Set(changed.keys()))
  const otherwise = [...(gone ?? [])].filter(([, change]) => change.kind === 'value').map(([path]) => path)
  const overrode = policyOriginsOf(world.less([policy]), otherwise)
  return [...changed].flatMap(([path, { before }]) => {
    const removal = gone?.get(path)
    const found = places.get(path) ?? []
    if (!removal && found.length === 0) return []
    return {
      path,
      value: before,
      places: found.map((origin) => origin.path),
      ...(removal?.kind === 'value' && { otherwise: removal.after }),
      ...(!removal && { otherwise: before, redundant: true as const }),
      overrode: overrode.get(path)?.filter(isSaid) ?? [],
    }
  })
}

/** Compares with worlds in which the policies of a kind that could be in the way are not there. */
function lostFields(world: World, policy: Resource): LostField[] {
  const values = new Map(leavesOf(world.document).map(({ path, value }) => [path, value]))
  const now = world.without([policy])
  const would = new Map<string, Json>()
  for (const rivals of rivalsByKind(world, policy)) {
    // What the policy would make of a field shows only where the field depends on the rivals.
    const freed = world.without(rivals)
    if (!freed || freed.size === 0) continue
    for (const [path, { before }] of world.less(rivals).without([policy]) ?? []) {
      const actual = values.get(path)
      if (actual !== undefined && !now?.has(path) && JSON.stringify(actual) !== JSON.stringify(before)) would.set(path, before)
    }
  }
  const said = policyOriginsOf(world, would.keys())
  return [...would]
    .map(([path, wouldBe]) => ({ path, value: values.get(path)!, would: wouldBe, by: said.get(path)?.filter(isSaid) ?? [] }))
    .filter(({ by }) => by.length > 0)
}

/** The other policies that may matter to the proxy, those of the same kind first. */
function rivalsByKind({ resources, fleet, proxy, own }: World, policy: Resource): Resource[][] {
  const mesh = meshOf(fleet, proxy)
  const kinds = new Map<string, Resource[]>([[policy.type, []]])
  for (const other of resources) {
    if (other === policy || !isPolicy(other.type) || !mayConcern(mesh, other, own)) continue
    const group = kinds.get(other.type)
    if (group) group.push(other)
    else kinds.set(other.type, [other])
  }
  return [...kinds.values()].filter((group) => group.length > 0)
}

const isSaid = ({ relation }: Origin): boolean => relation !== 'condition'

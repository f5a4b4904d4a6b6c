import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import type { ProxyKey } from '../translate/fleet.js'
import { type Json, leavesOf } from './document.js'
import type { Origin } from './origin.js'
import { policyOriginsOf } from './provenance.js'
import { disturbance, narrow } from './relevant.js'
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

/** @param key a policy among the world's resources; without one, nothing is set */
export function policyOnProxy(world: World, key: ResourceKey): PolicyOnProxy {
  const policy = world.resources.find((resource) => keyOf(resource) === keyOf(key))
  if (!policy) return { proxy: world.proxy, sets: [], overridden: [] }
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

/** Compares with worlds in which policies that could be in the way are not there. */
function lostFields(world: World, policy: Resource): LostField[] {
  const isOther = (resource: Resource) => resource !== policy && isPolicy(resource.type)
  const sameKind = world.resources.filter((resource) => isOther(resource) && resource.type === policy.type)
  const otherKinds = narrow(
    world,
    world.resources.filter((resource) => isOther(resource) && resource.type !== policy.type),
    undefined,
  )
  const values = new Map(leavesOf(world.document).map(({ path, value }) => [path, value]))
  const now = world.without([policy])
  const would = new Map<string, Json>()
  for (const rivals of [sameKind, ...otherKinds.map((resource) => [resource])]) {
    if (rivals.length === 0) continue
    const alone = world.less(rivals).without([policy])
    for (const [path, { before }] of alone ?? []) {
      const actual = values.get(path)
      if (actual !== undefined && !now?.has(path) && JSON.stringify(actual) !== JSON.stringify(before)) would.set(path, before)
    }
  }
  const said = policyOriginsOf(world, would.keys())
  return [...would]
    .map(([path, wouldBe]) => ({ path, value: values.get(path)!, would: wouldBe, by: said.get(path)?.filter(isSaid) ?? [] }))
    .filter(({ by }) => by.length > 0)
}

const isSaid = ({ relation }: Origin): boolean => relation !== 'condition'

import { mayConcern } from '../translate/concerned.js'
import { meshOf } from './mesh-state.js'
import type { Resource, ResourceKey } from '../core/resource.js'
import { type Leaf, leavesOf } from './document.js'
import { mergeSteps } from './merge-step.js'
import { type Origin, inOrder } from './origin.js'
import { disturbance, narrow, relevantTo, removable } from './relevant.js'
import { type Focus, placesIn } from './search.js'
import { argumentSource, isPolicy, resourceSource } from './source.js'
import type { World } from './world.js'

/** Where one leaf field of Envoy's configuration comes from. */
export interface FieldProvenance extends Leaf {
  /** What says the value first. Empty: the translation's own default. */
  readonly origins: readonly Origin[]
}

export interface Provenance {
  /** Every leaf field. */
  readonly fields: readonly Leaf[]
  /** Of one field; `undefined` where there is no such field. */
  of(path: string): FieldProvenance | undefined
  /** Of several fields at once, which takes less than one after the other. Unknown ones are left out. */
  among(paths: Iterable<string>): readonly FieldProvenance[]
  /**
   * Of all fields. `places`: whether to look for the place in each resource, too (default), which takes a translation for each
   * place; without, origins are whole resources.
   */
  all(options?: { readonly places?: boolean }): ReadonlyMap<string, FieldProvenance>
}

/** What policies say of fields, whatever else they depend on: it takes much less than all origins where a mesh is large. */
export function policyOriginsOf(world: World, paths: Iterable<string>): ReadonlyMap<string, readonly Origin[]> {
  const focus = new Set(paths)
  const found = new Map<string, Origin[]>()
  if (focus.size === 0) return found
  const { proxy, own, fleet } = world
  const mesh = meshOf(fleet, proxy)
  const policies = removable(world).filter((resource) => isPolicy(resource.type) && mayConcern(mesh, resource, own))
  for (const policy of narrow(world, policies, focus)) addPlaces(world, policy, true, focus, found)
  return new Map([...found].map(([path, origins]) => [path, complete(world, origins)]))
}

/** Finds out by asking what would be otherwise: each answer is true by the way it was found. */
export function provenanceOf(world: World): Provenance {
  const fields = leavesOf(world.document)
  const byPath = new Map(fields.map((leaf) => [leaf.path, leaf]))
  const known = new Map<string, FieldProvenance>()
  const among = (paths: Iterable<string>) => {
    const leaves = [...new Set(paths)].flatMap((path) => byPath.get(path) ?? [])
    const asked = leaves.filter(({ path }) => !known.has(path))
    const origins = asked.length > 0 ? originsOf(world, new Set(asked.map(({ path }) => path)), true) : new Map<string, Origin[]>()
    for (const leaf of asked) known.set(leaf.path, fieldOf(world, leaf, origins.get(leaf.path)))
    return leaves.map(({ path }) => known.get(path)!)
  }
  return {
    fields,
    of: (path) => among([path])[0],
    among,
    all({ places = true } = {}) {
      const origins = originsOf(world, undefined, places)
      return new Map(fields.map((leaf) => [leaf.path, fieldOf(world, leaf, origins.get(leaf.path))]))
    },
  }
}

function fieldOf(world: World, leaf: Leaf, origins: readonly Origin[] = []): FieldProvenance {
  return { ...leaf, origins: complete(world, origins) }
}

/** In order, with the turns of merged entries. */
function complete(world: World, origins: readonly Origin[]): Origin[] {
  const withTurns = origins.map((origin) => {
    const merged = origin.resource ? mergeSteps(world, origin.resource, origin.path) : []
    return merged.length > 0 ? { ...origin, merged } : origin
  })
  return inOrder(withTurns, isPolicy)
}

type Found = Map<string, Origin[]>

function originsOf(world: World, focus: Focus, places: boolean): ReadonlyMap<string, readonly Origin[]> {
  const found: Found = new Map()
  const { single, joint } = relevantTo(world, focus)
  for (const resource of single) {
    if (places) addPlaces(world, resource, true, focus, found)
    else addWhole(world, resource, found)
  }
  for (const [field, group] of joint)
    for (const resource of group) add(found, field, { resource: nameOf(resource), path: '', relation: 'condition', redundant: true })
  if (!places) return found
  const taken = new Set(removable(world))
  for (const resource of world.resources) if (!taken.has(resource)) addPlaces(world, resource, false, focus, found)
  for (const [field, origins] of placesIn(argumentSource(world), focus)) for (const origin of origins) add(found, field, origin)
  return found
}

function addPlaces(world: World, resource: Resource, canGo: boolean, focus: Focus, found: Found): void {
  for (const [field, origins] of placesIn(resourceSource(world, resource, canGo), focus))
    for (const origin of origins) add(found, field, { resource: nameOf(resource), ...origin })
}

function addWhole(world: World, resource: Resource, found: Found): void {
  const gone = world.without([resource])
  for (const [field, { kind }] of gone ?? []) add(found, field, { resource: nameOf(resource), path: '', relation: kind })
  for (const [field] of disturbance(world, [resource]) ?? [])
    if (!gone?.has(field)) add(found, field, { resource: nameOf(resource), path: '', relation: 'value', redundant: true })
}

function add(found: Found, field: string, origin: Origin): void {
  const list = found.get(field)
  if (list) list.push(origin)
  else found.set(field, [origin])
}

function nameOf({ type, mesh, name }: Resource): ResourceKey {
  return { type, ...(mesh !== undefined && { mesh }), name }
}

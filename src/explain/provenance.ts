import { type Leaf, leavesOf } from './document.js'
import { mergeSteps } from './merge-step.js'
import { type Origin, inOrder } from './origin.js'
import { disturbance, relevantTo, removable } from './relevant.js'
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
  const complete = origins.map((origin) => {
    const merged = origin.resource ? mergeSteps(world, origin.resource, origin.path) : []
    return merged.length > 0 ? { ...origin, merged } : origin
  })
  return { ...leaf, origins: inOrder(complete, isPolicy) }
}

function originsOf(world: World, focus: Focus, places: boolean): ReadonlyMap<string, readonly Origin[]> {
  const found = new Map<string, Origin[]>()
  const add = (field: string, origin: Origin) => {
    const list = found.get(field)
    if (list) list.push(origin)
    else found.set(field, [origin])
  }
  const { single, joint } = relevantTo(world, focus)
  const fixed = world.resources.filter((resource) => !removable(world).includes(resource))
  for (const resource of single) {
    const { type, mesh, name } = resource
    const key = { type, ...(mesh !== undefined && { mesh }), name }
    if (places) {
      for (const [field, origins] of placesIn(resourceSource(world, resource, true), focus))
        for (const origin of origins) add(field, { resource: key, ...origin })
      continue
    }
    const gone = world.without([resource])
    for (const [field, { kind }] of gone ?? []) add(field, { resource: key, path: '', relation: kind })
    for (const [field] of disturbance(world, [resource]) ?? [])
      if (!gone?.has(field)) add(field, { resource: key, path: '', relation: 'value', redundant: true })
  }
  for (const [field, group] of joint)
    for (const { type, mesh, name } of group)
      add(field, { resource: { type, ...(mesh !== undefined && { mesh }), name }, path: '', relation: 'condition', redundant: true })
  if (!places) return found
  for (const resource of fixed) {
    const { type, mesh, name } = resource
    for (const [field, origins] of placesIn(resourceSource(world, resource, false), focus))
      for (const origin of origins) add(field, { resource: { type, ...(mesh !== undefined && { mesh }), name }, ...origin })
  }
  for (const [field, origins] of placesIn(argumentSource(world), focus)) for (const origin of origins) add(field, origin)
  return found
}

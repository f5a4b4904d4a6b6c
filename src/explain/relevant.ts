import type { Resource } from '../core/resource.js'
import { type Focus, touches } from './search.js'
import { disturbedPolicy, isPolicy } from './source.js'
import type { Effect, World } from './world.js'

export interface Relevant {
  /** Resources that the fields depend on, each by itself. */
  readonly single: readonly Resource[]
  /** Fields that change only when several resources go at once, with those resources. */
  readonly joint: ReadonlyMap<string, readonly Resource[]>
}

/** The resources that can be taken away: all but the proxy itself and its mesh. */
export function removable({ resources, own, proxy }: World): Resource[] {
  return resources.filter((resource) => resource !== own && !(resource.type === 'Mesh' && resource.name === proxy.mesh))
}

/** Finds the resources that the fields depend on, by halves: most of a large mesh is out of the question at once. */
export function relevantTo(world: World, focus: Focus): Relevant {
  const all = removable(world)
  const single = narrow(world, all, focus)
  const alone = single.flatMap((resource) => [world.without([resource]), disturbance(world, [resource])])
  const left = [...(world.without(all)?.keys() ?? [])].filter((path) => (!focus || focus.has(path)) && !alone.some((e) => e?.has(path)))
  return { single, joint: jointly(world, all, new Set(left)) }
}

/** Of a group the resources that the fields depend on, each by itself. */
export function narrow(world: World, group: readonly Resource[], focus: Focus): Resource[] {
  if (group.length === 0) return []
  const gone = world.without(group)
  const other = disturbance(world, group)
  if (gone && other && !touches(gone, focus) && !touches(other, focus)) return []
  if (group.length === 1) return touches(gone, focus) || touches(other, focus) ? [...group] : []
  const middle = group.length >> 1
  return [...narrow(world, group.slice(0, middle), focus), ...narrow(world, group.slice(middle), focus)]
}

const nothing: Effect = new Map()

/** What follows when policies say something else. It shows the winner of two that say the same. */
export function disturbance(world: World, group: readonly Resource[]): Effect | undefined {
  const policies = group.filter(({ type }) => isPolicy(type))
  return policies.length === 0 ? nothing : world.having(policies.map(disturbedPolicy), 'disturbed')
}

function jointly(world: World, all: readonly Resource[], left: Set<string>): ReadonlyMap<string, readonly Resource[]> {
  const found = new Map<string, readonly Resource[]>()
  for (const path of left) {
    if (found.has(path)) continue
    const group = smallest(world, all, path)
    for (const other of world.without(group)?.keys() ?? []) if (left.has(other) && !found.has(other)) found.set(other, group)
  }
  return found
}

/** A group that can't be smaller if its absence is to change the field. */
function smallest(world: World, all: readonly Resource[], path: string): readonly Resource[] {
  let group = all
  for (let size = group.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < group.length; ) {
      const rest = [...group.slice(0, from), ...group.slice(from + size)]
      if (world.without(rest)?.has(path)) group = rest
      else from += size
    }
  }
  return group
}

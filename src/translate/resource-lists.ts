import type { Resource, ResourceKey } from '../core/resource.js'

/** Resources by type, each list sorted by name. Never changed: a change makes another, which shares the lists of other types. */
export type ResourceLists = ReadonlyMap<string, readonly Resource[]>

/** Resources by type, each list sorted by name: the order in which resources were handed in never shows. */
export function resourceLists(resources: Iterable<Resource>): ResourceLists {
  const types = new Map<string, Resource[]>()
  for (const resource of resources) {
    const list = types.get(resource.type)
    if (list) list.push(resource)
    else types.set(resource.type, [resource])
  }
  for (const list of types.values()) list.sort(byName)
  return types
}

const byName = (a: Resource, b: Resource) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** Where a name is in a list, or would be. */
function placeOf(list: readonly Resource[], name: string): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list[middle]!.name < name) low = middle + 1
    else high = middle
  }
  return low
}

export function findIn(lists: ResourceLists, { type, name }: Pick<ResourceKey, 'type' | 'name'>): Resource | undefined {
  const list = lists.get(type) ?? []
  const found = list[placeOf(list, name)]
  return found?.name === name ? found : undefined
}

/** The list with the resource of that name put in, put in its place, or taken out. */
export function withResource<Spec>(
  list: readonly Resource<Spec>[],
  name: string,
  resource: Resource<Spec> | undefined,
): readonly Resource<Spec>[] {
  const place = placeOf(list, name)
  const known = list[place]?.name === name ? 1 : 0
  return list.toSpliced(place, known, ...(resource ? [resource] : []))
}

/** How many changes of a list are made one by one; more are sorted in at once. */
const few = 8

/** The lists with resources put in or, where there is none after, taken out. */
export function withResources(
  lists: ResourceLists,
  changes: readonly { readonly key: ResourceKey; readonly after?: Resource }[],
): ResourceLists {
  const next = new Map(lists)
  for (const type of new Set(changes.map(({ key }) => key.type))) {
    const ofType = changes.filter(({ key }) => key.type === type)
    const list = lists.get(type) ?? []
    next.set(
      type,
      ofType.length > few ? merged(list, ofType) : ofType.reduce((l, { key, after }) => withResource(l, key.name, after), list),
    )
  }
  return next
}

function merged(
  list: readonly Resource[],
  changes: readonly { readonly key: ResourceKey; readonly after?: Resource }[],
): readonly Resource[] {
  const names = new Set(changes.map(({ key }) => key.name))
  const added = changes.flatMap(({ after }) => after ?? [])
  return [...list.filter(({ name }) => !names.has(name)), ...added].sort(byName)
}

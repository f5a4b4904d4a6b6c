import { type Resource, type ResourceKey, keyOf } from '../../core/resource.js'
import type { FleetChange } from '../fleet.js'
import type { MeshChange } from '../mesh-index.js'
import { type ResourceLists, findIn, resourceLists, withResources } from '../resource-lists.js'
import { hasEffect } from './effect.js'

/** All resources of a fleet: those of each mesh, and those of none. */
export interface FleetState {
  readonly own: ReadonlyMap<string, ResourceLists>
  readonly global: ResourceLists
}

/** A resource that came, went or became another, in a way that translations can tell. */
export interface EffectiveChange {
  readonly key: ResourceKey
  readonly before?: Resource
  readonly after?: Resource
}

export function stateOf(resources: Iterable<Resource>): FleetState {
  const unique = new Map<string, Resource>()
  for (const resource of resources) unique.set(keyOf(resource), resource)
  const byMesh = new Map<string | undefined, Resource[]>()
  for (const resource of unique.values()) {
    const list = byMesh.get(resource.mesh)
    if (list) list.push(resource)
    else byMesh.set(resource.mesh, [resource])
  }
  const own = [...byMesh].flatMap(([mesh, list]) => (mesh === undefined ? [] : [[mesh, resourceLists(list)] as const]))
  return { own: new Map(own), global: resourceLists(byMesh.get(undefined) ?? []) }
}

/** Every resource, in no order. */
export function* allOf({ own, global }: FleetState): Generator<Resource> {
  for (const lists of [global, ...own.values()]) for (const list of lists.values()) yield* list
}

export function findInState({ own, global }: FleetState, key: ResourceKey): Resource | undefined {
  const lists = key.mesh === undefined ? global : own.get(key.mesh)
  return lists && findIn(lists, key)
}

/** A mesh's own resources and the global ones. */
export function listsOf({ own, global }: FleetState, mesh: string): ResourceLists {
  const lists = new Map(global)
  for (const [type, list] of own.get(mesh) ?? []) {
    const others = lists.get(type)
    lists.set(type, others ? (resourceLists([...others, ...list]).get(type) ?? []) : list)
  }
  return lists
}

/** The state after changes. A change that says the same again leaves the resource as it was. */
export function nextState(
  state: FleetState,
  changes: readonly FleetChange[],
): { readonly state: FleetState; readonly changed: readonly EffectiveChange[] } {
  const last = new Map<string, { readonly key: ResourceKey; readonly after?: Resource }>()
  for (const change of changes) {
    const { type, mesh, name } = change.op === 'put' ? change.resource : change.key
    const key = { type, mesh, name }
    last.set(keyOf(key), { key, after: change.op === 'put' ? change.resource : undefined })
  }
  const changed = [...last.values()]
    .map(({ key, after }): EffectiveChange => ({ key, before: findInState(state, key), after }))
    .filter(({ before, after }) => hasEffect(before, after))
  if (changed.length === 0) return { state, changed }
  const own = new Map(state.own)
  let { global } = state
  for (const mesh of new Set(changed.map(({ key }) => key.mesh))) {
    const ofMesh = changed.filter(({ key }) => key.mesh === mesh)
    if (mesh === undefined) global = withResources(global, ofMesh)
    else own.set(mesh, withResources(own.get(mesh) ?? new Map(), ofMesh))
  }
  return { state: { own, global }, changed }
}

/** What changes mean for one mesh. */
export function changeOf(mesh: string, changed: readonly EffectiveChange[]): MeshChange {
  const concerned = changed.filter(({ key }) => key.mesh === mesh || key.mesh === undefined)
  return {
    types: new Set(concerned.map(({ key }) => key.type)),
    dataplanes: concerned.filter(({ key }) => key.type === 'Dataplane') as MeshChange['dataplanes'],
  }
}

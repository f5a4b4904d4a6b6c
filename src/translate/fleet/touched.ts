import { keyOf } from '../../core/resource.js'
import type { MeshChange, MeshIndex } from '../mesh-index.js'
import { type Policy, type PolicyReach, policyReach, topLevelOf } from '../rules/index.js'
import { changedCells } from './changed-cells.js'
import { type FleetMemory, type ProxyMemory, inMesh } from './memory.js'
import type { EffectiveChange } from './state.js'
import { targetRefKinds } from './translate-proxy.js'

/** A mesh that is indexed, before and after a change. */
export interface MeshUpdate {
  readonly before: MeshIndex
  /** Absent: the mesh is gone. */
  readonly after?: MeshIndex
  readonly change: MeshChange
}

/** The part that is another whenever a mesh comes or goes. */
export const meshesCell = inMesh(undefined, 'meshes')

/** Finds those of the remembered proxies that have to be worked out anew; from now on they count as such. */
export function touchedProxies(
  memory: FleetMemory,
  updates: ReadonlyMap<string, MeshUpdate>,
  changed: readonly EffectiveChange[],
): ReadonlySet<ProxyMemory> {
  const touched = new Set<ProxyMemory>()
  const cells = new Set<string>()
  if (changed.some(({ key, before, after }) => key.type === 'Mesh' && !(before && after))) cells.add(meshesCell)
  for (const [mesh, { before, after, change }] of updates) {
    if (!after) {
      for (const proxy of memory.inMesh(mesh)) {
        memory.leave(proxy)
        touched.add(proxy)
      }
    } else {
      for (const cell of changedCells(before, after, change)) cells.add(inMesh(mesh, cell))
      for (const proxy of selectedProxies(memory, mesh, { before, after }, changed)) touched.add(proxy)
    }
  }
  for (const proxy of touched) memory.touch(proxy)
  for (const proxy of memory.invalidate(cells)) touched.add(proxy)
  for (const { key, after } of changed) {
    const id = keyOf(key)
    const own = memory.proxy(id)
    if (!own) continue
    touched.add(own)
    if (after) memory.change(own)
    else memory.forget(id)
  }
  return touched
}

/** Proxies that a policy of the targetRef family concerns that has changed, or the route that it names. */
function selectedProxies(
  memory: FleetMemory,
  mesh: string,
  { before, after }: Required<Pick<MeshUpdate, 'before' | 'after'>>,
  changed: readonly EffectiveChange[],
): ProxyMemory[] {
  const routes = { before: routesOf(before), after: routesOf(after) }
  const own = changed.filter(({ key }) => key.mesh === mesh && targetRefTypes.has(key.type))
  const reaches = own.flatMap((one) => [
    ...(one.before ? [policyReach(one.before as Policy, routes.before)] : []),
    ...(one.after ? [policyReach(one.after as Policy, routes.after)] : []),
  ])
  if (own.some(({ key }) => key.type === 'MeshHTTPRoute')) {
    for (const policy of policiesOnRoutes(before)) reaches.push(policyReach(policy, routes.before))
    for (const policy of policiesOnRoutes(after)) reaches.push(policyReach(policy, routes.after))
  }
  return reaches.flatMap((reach) => reached(memory, mesh, reach))
}

const targetRefTypes: ReadonlySet<string> = new Set(targetRefKinds.map(({ type }) => type))

function routesOf({ lists }: MeshIndex): readonly Policy[] {
  return (lists.get('MeshHTTPRoute') ?? []) as readonly Policy[]
}

function policiesOnRoutes({ lists }: MeshIndex): Policy[] {
  return [...targetRefTypes].flatMap((type) =>
    ((lists.get(type) ?? []) as readonly Policy[]).filter((policy) => topLevelOf(policy).kind === 'MeshHTTPRoute'),
  )
}

function reached(memory: FleetMemory, mesh: string, { keys, concerns }: PolicyReach): ProxyMemory[] {
  const candidates = [...memory.having(keys.map((key) => inMesh(mesh, key)))]
  return candidates.filter(({ shape }) => shape && concerns(shape))
}

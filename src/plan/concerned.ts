import type { Resource } from '../core/resource.js'
import { mayConcern, targetRefOnly } from '../translate/concerned.js'
import type { Fleet, ProxyKey } from '../translate/fleet.js'
import type { MeshContext } from '../translate/mesh-context.js'
import { type Policy, topLevelOf } from '../translate/rules/index.js'

/**
 * Tells, without a translation, which proxies a change may concern. Only of policies with a targetRef is that known: other changes
 * may concern everybody.
 * @param states what changes, as it was and as it will be
 * @param all every resource, of both sides
 */
export function concernedBy(states: readonly Resource[], all: readonly Resource[], before: Fleet): (proxy: ProxyKey) => boolean {
  const routes = states.some(({ type }) => type === 'MeshHTTPRoute')
  // A policy on a route goes wherever the route goes, and may come to another one of that name.
  const onRoutes =
    routes && all.some((resource) => targetRefOnly.has(resource.type) && topLevelOf(resource as Policy).kind === 'MeshHTTPRoute')
  if (onRoutes || !states.every(({ type }) => targetRefOnly.has(type))) return () => true
  const dataplanes = new Map<MeshContext, ReadonlyMap<string, Resource>>()
  return ({ mesh: of, name }) => {
    const mesh = of === undefined ? undefined : before.mesh(of)
    if (!mesh) return true
    const byName = dataplanes.get(mesh) ?? new Map(mesh.dataplanes.map((dataplane) => [dataplane.name, dataplane]))
    dataplanes.set(mesh, byName)
    const own = byName.get(name)
    return !own || states.some((state) => state.mesh === of && mayConcern(mesh, state, own))
  }
}

import type { Resource } from '../core/resource.js'
import type { Fleet, ProxyKey } from '../translate/fleet.js'
import type { MeshContext } from '../translate/mesh-context.js'
import { policies } from '../translate/policies/index.js'
import type { Policy, ProxySpec } from '../translate/rules/index.js'

/** Kinds that reach proxies by their targetRef and in no other way. */
const byTargetRef: ReadonlySet<string> = new Set(
  policies.filter(({ kind, readsTagsHeader }) => kind.policy?.matching === 'targetRef' && !readsTagsHeader).map(({ kind }) => kind.type),
)

/**
 * Whether a policy may matter to a proxy at all, said without translating. Zone proxies look at policies of all clients, so nothing is
 * ruled out for them.
 */
export function mayConcern(mesh: MeshContext | undefined, policy: Resource, proxy: Resource): boolean {
  if (!mesh || proxy.type !== 'Dataplane' || policy.mesh !== proxy.mesh || !byTargetRef.has(policy.type)) return true
  const dataplane = proxy as Resource<ProxySpec>
  return mesh.rules.shapeOf(dataplane).zoneListeners.length > 0 || mesh.rules.selects(policy as Policy, dataplane)
}

/** The mesh of a proxy that is in one. */
export function meshOf(fleet: Fleet, { mesh }: ProxyKey): MeshContext | undefined {
  return mesh === undefined ? undefined : fleet.mesh(mesh)
}

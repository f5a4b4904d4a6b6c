import type { Resource } from '../core/resource.js'
import type { MeshContext } from './mesh-context.js'
import { policies } from './policies/index.js'
import type { Policy, ProxySpec } from './rules/index.js'

/** Kinds of policies that reach proxies of applications by their targetRef and in no other way. */
export const targetRefOnly: ReadonlySet<string> = new Set(
  policies.filter(({ kind, readsTagsHeader }) => kind.policy?.matching === 'targetRef' && !readsTagsHeader).map(({ kind }) => kind.type),
)

/**
 * Whether a policy may matter to a proxy at all, said without translating. Zone proxies look at policies of all clients, so nothing is
 * ruled out for them.
 */
export function mayConcern(mesh: MeshContext | undefined, policy: Resource, proxy: Resource): boolean {
  if (!mesh || proxy.type !== 'Dataplane' || policy.mesh !== proxy.mesh || !targetRefOnly.has(policy.type)) return true
  const dataplane = proxy as Resource<ProxySpec>
  return mesh.rules.shapeOf(dataplane).zoneListeners.length > 0 || mesh.rules.selects(policy as Policy, dataplane)
}

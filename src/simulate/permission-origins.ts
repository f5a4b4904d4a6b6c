import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import { MeshTrafficPermission, type PermissionConf } from '../translate/policies/mesh-traffic-permission/schema.js'
import { inboundsOf } from '../translate/proxy.js'
import type { SubsetRule } from '../translate/rules/index.js'
import { tag } from '../translate/tags.js'
import { spiffeId } from '../translate/names.js'
import { socketTarget } from './addresses.js'
import type { SimulatedProxy } from './proxies.js'
import type { PermissionDecision } from './result.js'

/**
 * The policies behind a decision. Envoy gets MeshTrafficPermissions that select callers by tags as one rule without their names: the
 * rule that was merged for this caller tells them.
 */
export function withOrigins(
  decision: PermissionDecision,
  proxy: SimulatedProxy,
  listener: Listener,
  callerUris: readonly string[],
): PermissionDecision {
  if (decision.by.some((name) => name !== MeshTrafficPermission.type)) return decision
  const rules = rulesOf(proxy, listener)
  const rule = rules?.find(({ subset }) =>
    subset.every(({ key, value, not }) => callerUris.includes(uriOf(key, value, proxy.key.mesh ?? '')) !== (not === true)),
  )
  return rules ? { ...decision, by: (rule?.origins ?? []).map(({ policy }) => policy.name) } : decision
}

function rulesOf({ mesh, dataplane }: SimulatedProxy, listener: Listener): readonly SubsetRule<PermissionConf>[] | undefined {
  const bound = socketTarget(listener.address)
  const inbound = dataplane && inboundsOf(dataplane.spec).find(({ address, port }) => bound?.address === address && bound.port === port)
  return mesh && inbound && mesh.rules.of<PermissionConf>(MeshTrafficPermission, dataplane).from.forListener(inbound)
}

function uriOf(key: string, value: string, mesh: string): string {
  return key === tag.service ? spiffeId(mesh, value) : `kuma://${key}/${value}`
}

import { RBAC as HttpRbac } from '../../../gen/envoy/extensions/filters/http/rbac/v3/rbac.js'
import { RBAC as NetworkRbac } from '../../../gen/envoy/extensions/filters/network/rbac/v3/rbac.js'
import type { FilterChainDraft, InboundDraft, ZoneListenerDraft } from '../../draft.js'
import { httpFilter, prependHttpFilter } from '../../envoy/hcm.js'
import { networkFilter, tlsInspector } from '../../envoy/listener.js'
import { statName } from '../../names.js'
import type { ProxyContext } from '../../proxy.js'
import { type InboundRule, type MatchedRules, kriOf } from '../../rules/index.js'
import { type Guard, guardByConnection, guardBySubsets } from './rules.js'
import { type ConnectionConf, MeshTrafficPermission, type PermissionConf } from './schema.js'

export interface MatchedPermissions {
  readonly rules: MatchedRules
}

/** With TLS on, who is not let in is kept out: this policy always has something to say then. */
export function match({ mesh, dataplane, workloadIdentity }: ProxyContext): MatchedPermissions | undefined {
  return mesh.mtls || workloadIdentity ? { rules: mesh.rules.of(MeshTrafficPermission, dataplane) } : undefined
}

/** Takes the guard of the chains that demand mesh certificates over from TrafficPermission wherever it has rules itself. */
export function inbound(
  { rules }: MatchedPermissions,
  { inbound, listener }: InboundDraft,
  { mesh, workloadIdentity }: ProxyContext,
): void {
  const connectionRules = rules.inbound.forListener(inbound) as readonly InboundRule<ConnectionConf>[]
  const subsetRules = rules.from.forListener(inbound)
  // Identities of workloads say nothing of tags.
  const byConnection = connectionRules.length > 0 || workloadIdentity !== undefined
  for (const chain of listener.chains) {
    if (chain.trust !== 'mesh') continue
    const permitted = chain.filters[0]?.name === networkRbacName
    if (!byConnection && !subsetRules && permitted) continue
    if (permitted) chain.filters.shift()
    const guard = byConnection
      ? connectionGuard(connectionRules)
      : guardBySubsets((subsetRules ?? []) as Parameters<typeof guardBySubsets>[0] & { conf: PermissionConf }[], mesh.name)
    install(chain, listener.name, guard)
  }
  const { listenerFilters = [] } = listener.message
  const knowsServerName = listenerFilters.some(({ name }) => name === tlsInspector().name)
  if (connectionRules.some(readsServerName) && !knowsServerName) listener.message.listenerFilters = [...listenerFilters, tlsInspector()]
}

/** Zone egresses know callers by identity alone; ingresses pass on what they can't see. */
export function zoneListener({ rules }: MatchedPermissions, draft: ZoneListenerDraft): void {
  if (draft.type !== 'ZoneEgress') return
  const guard = connectionGuard(rules.inbound.forListener(draft) as readonly InboundRule<ConnectionConf>[])
  for (const chain of draft.listener.chains) install(chain, draft.listener.name, guard)
}

function connectionGuard(rules: readonly InboundRule<ConnectionConf>[]): Guard {
  return guardByConnection(rules.map(({ conf, origin }) => ({ conf, kri: kriOf(origin.policy, 'mtp') })))
}

function readsServerName({ conf: { allow = [], deny = [], allowWithShadowDeny = [] } }: InboundRule<ConnectionConf>): boolean {
  return [...allow, ...deny, ...allowWithShadowDeny].some(({ sni }) => sni !== undefined)
}

export const networkRbacName = 'envoy.filters.network.rbac'

/** Puts the rules where they see most: in front of the HTTP filters, or of the TCP proxy. */
export function install(chain: FilterChainDraft, listenerName: string, guard: Guard): void {
  if (chain.hcm) prependHttpFilter(chain.hcm, httpFilter('envoy.filters.http.rbac', HttpRbac, guard))
  else chain.filters.unshift(networkFilter(networkRbacName, NetworkRbac, { ...guard, statPrefix: `${statName(listenerName)}.` }))
}

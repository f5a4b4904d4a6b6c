import { RBAC as HttpRbac } from '../../../gen/envoy/extensions/filters/http/rbac/v3/rbac.js'
import { RBAC as NetworkRbac } from '../../../gen/envoy/extensions/filters/network/rbac/v3/rbac.js'
import type { RBAC as Rules } from '../../../gen/envoy/config/rbac/v3/rbac.js'
import type { FilterChainDraft, InboundDraft } from '../../draft.js'
import { httpFilter, prependHttpFilter } from '../../envoy/hcm.js'
import { networkFilter } from '../../envoy/listener.js'
import { statName } from '../../names.js'
import type { ProxyContext } from '../../proxy.js'

/** With mTLS on, who is not let in is kept out: this policy always has something to say then. */
export function match({ mesh }: ProxyContext): object | undefined {
  return mesh.mtls ? {} : undefined
}

export function inbound(_matched: object, { listener }: InboundDraft): void {
  for (const chain of listener.chains) {
    const permitted = chain.filters[0]?.name === 'envoy.filters.network.rbac'
    if (chain.trust === 'mesh' && !permitted) guard(chain, listener.name, {})
  }
}

/** Puts the rules where they see most: in front of the HTTP filters, or of the TCP proxy. */
function guard(chain: FilterChainDraft, listenerName: string, rules: Rules): void {
  if (chain.hcm) prependHttpFilter(chain.hcm, httpFilter('envoy.filters.http.rbac', HttpRbac, { rules }))
  else {
    const statPrefix = `${statName(listenerName)}.`
    chain.filters.unshift(networkFilter('envoy.filters.network.rbac', NetworkRbac, { rules, statPrefix }))
  }
}

import { type BackendRef, resolveBackend } from '../../backend-refs.js'
import { speaksOfGateway } from '../../gateway/listener.js'
import type { Outbound, ProxyContext, Split } from '../../proxy.js'
import type { MatchedRules, Origin } from '../../rules/index.js'
import { MeshTCPRoute } from './schema.js'

export interface TcpConf {
  readonly default?: { readonly backendRefs?: readonly BackendRef[] }
}

export type MatchedTcpRoutes = MatchedRules<TcpConf>

export function match(proxy: ProxyContext): MatchedTcpRoutes | undefined {
  const { mesh, dataplane } = proxy
  const rules = mesh.rules.of<TcpConf>(MeshTCPRoute, dataplane)
  return rules.to.services.length > 0 || rules.to.resources.size > 0 || speaksOfGateway(rules, proxy) ? rules : undefined
}

/** Where the connections of an outbound go. An HTTP service with HTTP routes never gets here. */
export function tcpSplits({ to }: MatchedTcpRoutes, outbound: Outbound, proxy: ProxyContext): readonly Split[] | undefined {
  const found = outbound.resource ? to.forResource(outbound.resource) : undefined
  const rule = found?.confs[0] ? { conf: found.confs[0], origins: found.origins } : to.forService(outbound.service)
  if (!rule) return undefined
  const from = strongest(rule.origins)?.policy ?? proxy.dataplane
  return (rule.conf.default?.backendRefs ?? []).flatMap((ref) => resolveBackend(ref, from, proxy) ?? [])
}

function strongest(origins: readonly Origin[]): Origin | undefined {
  return origins.at(-1)
}

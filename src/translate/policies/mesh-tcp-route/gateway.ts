import { gatewayBackend } from '../../gateway/backend-refs.js'
import { compareExactness } from '../../gateway/hostnames.js'
import { type GatewayListener, siteRules, speaksHttp, speaksOfGateway, splitsByServerName, wildcard } from '../../gateway/listener.js'
import type { GatewayHostGroup, RouteEntry } from '../../gateway/route-table.js'
import type { ProxyContext } from '../../proxy.js'
import type { SubsetRule } from '../../rules/index.js'
import type { MatchedTcpRoutes, TcpConf } from './translate.js'

/**
 * Where the connections of a gateway's TCP or TLS listener go. As soon as one MeshTCPRoute speaks of the gateway,
 * MeshGatewayRoute has no say on any of these listeners.
 */
export function gatewayHosts(rules: MatchedTcpRoutes, listener: GatewayListener, proxy: ProxyContext): GatewayHostGroup[] | undefined {
  if (speaksHttp(listener) || !speaksOfGateway(rules, proxy)) return undefined
  const hosts = [...listener.sites]
    .sort((a, b) => compareExactness(a.hostname, b.hostname))
    .map((site) => {
      const entries = siteRules(rules, site, listener, proxy).services.map((rule) => entryOf(rule, proxy))
      return { tls: site.tls, host: { hostname: site.hostname, tags: site.tags, entries } }
    })
  if (!splitsByServerName(listener)) return [{ hostname: wildcard, hosts: hosts.map(({ host }) => host) }]
  return hosts.map(({ tls, host }) => ({ hostname: host.hostname, tls, hosts: [host] }))
}

function entryOf({ conf, origins }: SubsetRule<TcpConf>, proxy: ProxyContext): RouteEntry {
  const from = origins.at(-1)?.policy ?? proxy.dataplane
  const forward = (conf.default?.backendRefs ?? []).map((ref) => gatewayBackend(ref, 'tcp', from, proxy))
  return { match: {}, forward }
}

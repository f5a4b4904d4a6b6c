import { compareExactness, covers, overlap } from '../../gateway/hostnames.js'
import { hostGroups } from '../../gateway/hosts.js'
import { type GatewayListener, type GatewaySite, siteRules, speaksHttp, wildcard } from '../../gateway/listener.js'
import type { GatewayHost, GatewayHostGroup } from '../../gateway/route-table.js'
import type { ProxyContext } from '../../proxy.js'
import type { SubsetRule } from '../../rules/index.js'
import { gatewayEntries } from './gateway-entries.js'
import type { MatchedHttpRoutes, MergedConf } from './match.js'

/**
 * The route tables of a gateway's HTTP listener. As soon as one MeshHTTPRoute speaks of the gateway, MeshGatewayRoute has no
 * say on any of its HTTP listeners.
 */
export function gatewayHosts(
  { gatewayRules }: MatchedHttpRoutes,
  listener: GatewayListener,
  proxy: ProxyContext,
): GatewayHostGroup[] | undefined {
  if (!gatewayRules || !speaksHttp(listener)) return undefined
  const groups: GatewayHostGroup[] = []
  const served: string[] = []
  for (const site of [...listener.sites].sort((a, b) => compareExactness(a.hostname, b.hostname))) {
    const rules = siteRules(gatewayRules, site, listener, proxy).services
    if (rules.length === 0) continue
    const hosts = hostsOf(site, rules, proxy).filter(({ hostname }) => !served.some((other) => covers(other, hostname)))
    if (hosts.length > 0) groups.push({ hostname: site.hostname, tls: site.tls, hosts })
    served.push(site.hostname)
  }
  return groups.length > 0 ? groups : hostGroups(listener, [])
}

interface HostRule {
  readonly hostname: string
  readonly rule: SubsetRule<MergedConf>
}

/** The hosts of a site: of each host name of a rule that the site covers, as far as it does. */
function hostsOf({ hostname: site, tags }: GatewaySite, rules: readonly SubsetRule<MergedConf>[], proxy: ProxyContext): GatewayHost[] {
  const byHostname = new Map<string, HostRule[]>()
  for (const rule of rules) {
    const { hostnames = [] } = rule.conf
    for (const hostname of hostnames.length > 0 ? hostnames : [wildcard]) {
      byHostname.set(hostname, [...(byHostname.get(hostname) ?? []), { hostname, rule }])
    }
  }
  const covered = [...byHostname.keys()].filter((hostname) => overlap(site, hostname))
  const served = new Set(covered.map((hostname) => (covers(hostname, site) ? site : hostname)))
  return [...served].sort(compareExactness).map((hostname) => {
    // Rules of a more exact host name that is served itself stay there.
    const applicable = [...byHostname].filter(([other]) => overlap(hostname, other) && (!served.has(other) || covers(other, hostname)))
    const ordered = applicable.flatMap(([, of]) => of).sort((a, b) => compareExactness(a.hostname, b.hostname))
    return {
      hostname,
      tags,
      entries: gatewayEntries(
        ordered.map(({ rule }) => rule),
        proxy,
      ),
    }
  })
}

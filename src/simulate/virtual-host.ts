import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import type { VirtualHost } from '../gen/envoy/config/route/v3/route_components.js'

/** The virtual host of an authority: an exact name, then the longest `*.suffix`, then the longest `prefix.*`, then `*`. */
export function chooseVirtualHost(
  { virtualHosts = [], ignorePortInHostMatching }: RouteConfiguration,
  authority: string,
): VirtualHost | undefined {
  const host = (ignorePortInHostMatching ? authority.replace(/:\d+$/, '') : authority).toLowerCase()
  let best: { readonly virtualHost: VirtualHost; readonly fit: number } | undefined
  for (const virtualHost of virtualHosts) {
    const fit = Math.max(0, ...(virtualHost.domains ?? []).map((domain) => domainFit(domain.toLowerCase(), host)))
    if (fit > (best?.fit ?? 0)) best = { virtualHost, fit }
  }
  return best?.virtualHost
}

const exact = 3e6
const suffix = 2e6
const prefix = 1e6

function domainFit(domain: string, host: string): number {
  if (domain === host) return exact
  if (domain === '*') return 1
  if (domain.startsWith('*') && host.length >= domain.length && host.endsWith(domain.slice(1))) return suffix + domain.length
  if (domain.endsWith('*') && host.length >= domain.length && host.startsWith(domain.slice(0, -1))) return prefix + domain.length
  return 0
}

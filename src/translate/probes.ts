import type { Route } from '../gen/envoy/config/route/v3/route_components.js'
import type { ProxyDraft } from './draft.js'
import { hcmContent } from './envoy/hcm.js'
import { chainDraft, listenerDraft } from './envoy/listener.js'
import { localhostAddresses } from './envoy/static-endpoints.js'
import { exactly } from './envoy/tls.js'
import { names } from './names.js'
import type { ProxyContext } from './proxy.js'

const listenerName = 'probe:listener'

/** Virtual probes: health checks that reach the application past mTLS. Source: Dataplane.probes. */
export function buildProbes(proxy: ProxyContext, draft: ProxyDraft): void {
  const { probes, networking } = proxy.dataplane.spec
  if (!probes || proxy.metadata.appProbeProxyEnabled) return
  const routes = (probes.endpoints ?? []).map(({ path = '', inboundPath = '', inboundPort = 0 }): Route => {
    const inbound = proxy.inbounds.find((i) => i.workloadPort === inboundPort)
    const match: Route['match'] = {
      pathSpecifier: { $case: 'path', path: pathOf(path) },
      headers: [{ name: ':method', headerMatchSpecifier: { $case: 'stringMatch', stringMatch: exactly('GET') } }],
    }
    // Not every container behind a probe has an inbound; the prober is sent to it then.
    if (!inbound)
      return { match: { pathSpecifier: match.pathSpecifier, headers: match.headers }, action: redirect(inboundPath, inboundPort) }
    const cluster = proxy.unifiedNaming ? names.selfInbound(inbound.section) : names.localCluster(inboundPort)
    const regexRewrite = { pattern: { regex: '.*' }, substitution: pathOf(inboundPath) }
    return { match, action: { $case: 'route', route: { clusterSpecifier: { $case: 'cluster', cluster }, regexRewrite } } }
  })
  const content = hcmContent({
    statsName: listenerName,
    ipv6: proxy.metadata.ipv6Enabled,
    internalAddresses: localhostAddresses,
    route: { name: 'probe:route_configuration', virtualHosts: [{ name: 'probe', domains: ['*'], routes }] },
  })
  const listener = listenerDraft({
    name: listenerName,
    origin: 'probes',
    direction: 'inbound',
    address: networking?.address ?? '',
    port: probes.port ?? 0,
    reusePort: proxy.metadata.features.has('feature-reuse-port'),
    bindToPort: !proxy.transparentProxy,
    chains: [chainDraft(content)],
  })
  draft.listeners.set(listenerName, listener)
}

function redirect(path: string, port: number): Route['action'] {
  return {
    $case: 'redirect',
    redirect: { portRedirect: port, pathRewriteSpecifier: { $case: 'pathRedirect', pathRedirect: pathOf(path) } },
  }
}

/** A probe's path without query and fragment. */
function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? ''
}

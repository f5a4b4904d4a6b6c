import type { RouteConfiguration } from '../../gen/envoy/config/route/v3/route.js'
import type { FilterChainDraft } from '../draft.js'
import { type ChainContent, chainDraft } from '../envoy/listener.js'
import type { ProxyContext } from '../proxy.js'
import type { Backends } from './backends.js'
import { httpContent } from './http-chain.js'
import { type GatewayListener, speaksHttp, splitsByServerName } from './listener.js'
import type { GatewayHost, GatewayHostGroup } from './route-table.js'
import { type TcpTarget, tcpContent } from './tcp-chain.js'
import { type ChainGuard, type Certificates, crossMeshGuard, serverNameGuard } from './tls.js'
import { routeConfigurationName } from './virtual-hosts.js'

/**
 * The filter chains of a listener: one for all its hosts, or one a server name where TLS tells them apart. A server name
 * whose certificate is not there has none: connections to it are refused.
 */
export function filterChains(
  listener: GatewayListener,
  groups: readonly GatewayHostGroup[],
  routes: ReadonlyMap<string, RouteConfiguration>,
  backends: Backends,
  certificates: Certificates,
  proxy: ProxyContext,
): FilterChainDraft[] {
  const content = (group: GatewayHostGroup): ChainContent => {
    if (!speaksHttp(listener)) return tcpContent(targetsOf(group.hosts, backends), proxy)
    const name = routeConfigurationName(listener, group)
    return { ...httpContent(name, proxy), route: routes.get(name) }
  }
  const guarded = (group: GatewayHostGroup, guard: ChainGuard | undefined) => (guard ? [chainDraft(content(group), guard)] : [])
  const [first] = groups
  if (listener.crossMesh && first) return guarded(first, crossMeshGuard(proxy))
  if (splitsByServerName(listener)) return groups.flatMap((group) => guarded(group, serverNameGuard(group, listener, certificates)))
  if (speaksHttp(listener)) return first ? [chainDraft(content(first))] : []
  return [
    chainDraft(
      tcpContent(
        targetsOf(
          groups.flatMap(({ hosts }) => hosts),
          backends,
        ),
        proxy,
      ),
    ),
  ]
}

/** Where connections go: TCP has no hosts to tell apart, each of them gets its share. */
function targetsOf(hosts: readonly GatewayHost[], backends: Backends): TcpTarget[] {
  return hosts
    .flatMap((host) => host.entries.flatMap(({ forward }) => forward.map((backend) => ({ host, backend }))))
    .filter(({ backend }) => !backend.unresolved)
    .map(({ host, backend }) => ({ name: backends.clusterOf(backend, host).name, weight: backend.weight }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

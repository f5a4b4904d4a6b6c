import type { MeshGatewayRouteSpec } from '../../core/kinds/mesh-gateway-route.js'
import type { RouteConfiguration } from '../../gen/envoy/config/route/v3/route.js'
import type { ProxyDraft } from '../draft.js'
import { listenerDraft, tlsInspector } from '../envoy/listener.js'
import type { Matching } from '../matching.js'
import { names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { type Backends, createBackends } from './backends.js'
import { gatewayCertificates } from './certificates.js'
import { buildClusters, connectionBufferBytes } from './clusters.js'
import { filterChains } from './filter-chains.js'
import { hostGroups } from './hosts.js'
import { type GatewayListener, ownGateway, ownListeners, speaksHttp } from './listener.js'
import { gatewayRuntime } from './runtime.js'
import type { Certificates } from './tls.js'
import { buildRoutes } from './virtual-hosts.js'

interface Surroundings {
  readonly proxy: ProxyContext
  readonly draft: ProxyDraft
  readonly matching: Matching
  readonly backends: Backends
  readonly certificates: Certificates
}

/** Builds what a builtin gateway listens on and where it leads. Proxies that are none, or that no MeshGateway selects: nothing. */
export function buildGateway(proxy: ProxyContext, draft: ProxyDraft, matching: Matching): void {
  const gateway = ownGateway(proxy)
  if (!gateway) return
  const certificates = gatewayCertificates(gateway, proxy, draft)
  const surroundings = { proxy, draft, matching, backends: createBackends(proxy), certificates }
  const limits: Record<string, number> = {}
  for (const listener of ownListeners(proxy)) {
    if (!buildListener(listener, surroundings)) continue
    if (listener.connectionLimit) limits[`envoy.resource_limits.listener.${listener.name}.connection_limit`] = listener.connectionLimit
  }
  draft.runtimes.set(names.gatewayRuntime, gatewayRuntime(limits))
}

/** @returns whether the listener is there: one without any filter chain would be refused by Envoy */
function buildListener(listener: GatewayListener, { proxy, draft, matching, backends, certificates }: Surroundings): boolean {
  const routes = proxy.mesh.resourcesOf<MeshGatewayRouteSpec>('MeshGatewayRoute')
  const groups = matching.first((slots, matched) => slots.gatewayHosts?.(matched, listener, proxy)) ?? hostGroups(listener, routes)
  const built = speaksHttp(listener)
    ? buildRoutes(listener, groups, backends, proxy)
    : { configurations: new Map<string, RouteConfiguration>(), routes: [] }
  const chains = filterChains(listener, groups, built.configurations, backends, certificates, proxy)
  if (chains.length === 0) return false
  const envoyListener = listenerDraft({
    name: listener.name,
    origin: 'gateway',
    direction: 'inbound',
    address: proxy.dataplane.spec.networking?.address ?? '',
    port: listener.port,
    reusePort: true,
    listenerFilters: [tlsInspector()],
    chains,
  })
  envoyListener.message.perConnectionBufferLimitBytes = connectionBufferBytes
  draft.listeners.set(listener.name, envoyListener)
  const clusters = buildClusters(groups, backends, proxy, draft)
  for (const [name, configuration] of built.configurations) draft.routes.set(name, configuration)
  draft.gateways.push({ listener, envoyListener, routes: built.routes, clusters })
  return true
}

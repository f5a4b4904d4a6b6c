import type { FilterChain } from '../gen/envoy/config/listener/v3/listener_components.js'
import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import { RBAC as HttpRbac } from '../gen/envoy/extensions/filters/http/rbac/v3/rbac.js'
import { HttpConnectionManager } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { RBAC as NetworkRbac } from '../gen/envoy/extensions/filters/network/rbac/v3/rbac.js'
import { TcpProxy } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.js'
import type { Any } from '../gen/google/protobuf/any.js'
import { unpack } from '../simulate/unpack.js'
import type { Snapshot } from '../translate/snapshot.js'

/** The parts of a filter chain that plans speak of. */
export interface ReadChain {
  readonly secured: boolean
  /** Permissions, of the network and of HTTP, packed as they are sent. */
  readonly permissions: readonly { readonly any: Any; readonly rules: NetworkRbac | HttpRbac }[]
  readonly hcm?: HttpConnectionManager
  readonly routes?: RouteConfiguration
  readonly tcp?: TcpProxy
}

export function readChains({ filterChains = [], defaultFilterChain }: Listener, snapshot: Snapshot): ReadChain[] {
  return [...filterChains, ...(defaultFilterChain ? [defaultFilterChain] : [])].map((chain) => readChain(chain, snapshot))
}

function readChain({ filters = [], transportSocket }: FilterChain, snapshot: Snapshot): ReadChain {
  const packed = filters.flatMap(({ configType }) => (configType?.$case === 'typedConfig' ? [configType.typedConfig] : []))
  const hcm = first(packed, HttpConnectionManager)
  const httpPacked = (hcm?.httpFilters ?? []).flatMap(({ configType }) =>
    configType?.$case === 'typedConfig' ? [configType.typedConfig] : [],
  )
  return {
    secured: transportSocket !== undefined,
    permissions: [...packed.flatMap((any) => ofType(any, NetworkRbac)), ...httpPacked.flatMap((any) => ofType(any, HttpRbac))],
    hcm,
    routes: hcm && routesOf(hcm, snapshot),
    tcp: first(packed, TcpProxy),
  }
}

function first<T>(packed: readonly Any[], codec: Parameters<typeof unpack<T>>[0]): T | undefined {
  for (const any of packed) {
    const message = unpack(codec, any)
    if (message) return message
  }
  return undefined
}

function ofType<T>(any: Any, codec: Parameters<typeof unpack<T>>[0]): { readonly any: Any; readonly rules: T }[] {
  const rules = unpack(codec, any)
  return rules ? [{ any, rules }] : []
}

function routesOf({ routeSpecifier }: HttpConnectionManager, snapshot: Snapshot): RouteConfiguration | undefined {
  if (routeSpecifier?.$case === 'routeConfig') return routeSpecifier.routeConfig
  if (routeSpecifier?.$case !== 'rds') return undefined
  return snapshot.routes.get(routeSpecifier.rds.routeConfigName ?? '')?.message as RouteConfiguration | undefined
}

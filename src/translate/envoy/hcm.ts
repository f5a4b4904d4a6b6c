import type { CidrRange } from '../../gen/envoy/config/core/v3/address.js'
import type { RouteConfiguration } from '../../gen/envoy/config/route/v3/route.js'
import { FilterConfig } from '../../gen/envoy/extensions/filters/http/grpc_stats/v3/config.js'
import { Router } from '../../gen/envoy/extensions/filters/http/router/v3/router.js'
import {
  HttpConnectionManager,
  HttpConnectionManager_ForwardClientCertDetails,
  type HttpFilter,
} from '../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { statName } from '../names.js'
import { isIPv6 } from './address.js'
import { pack } from './any.js'
import type { Codec } from './encode.js'
import { adsSource } from './cluster.js'
import { type ChainContent, networkFilter } from './listener.js'

/** Address ranges whose requests count as internal. Source: Kuma's `ipam.knownInternalCIDRs`, default value. */
export const defaultInternalAddresses: readonly string[] = [
  '10.0.0.0/8',
  '192.168.0.0/16',
  '172.16.0.0/12',
  'fc00::/7',
  'fd00::/8',
  '127.0.0.1/32',
  '::1/128',
]

export interface HcmShape {
  readonly statsName: string
  /** Inbound sides tell the application whose certificate the caller showed. */
  readonly forwardClientCert?: boolean
  readonly normalizePath?: boolean
  readonly ipv6: boolean
  readonly internalAddresses?: readonly string[]
  /** The routes, or the name by which to fetch them. */
  readonly route: RouteConfiguration | string
  readonly grpc?: boolean
}

/** A chain that ends in an HTTP connection manager, with the router as its last filter. */
export function hcmContent(shape: HcmShape): ChainContent {
  const hcm: HttpConnectionManager = {
    statPrefix: statName(shape.statsName),
    routeSpecifier:
      typeof shape.route === 'string'
        ? { $case: 'rds', rds: { routeConfigName: shape.route, configSource: adsSource() } }
        : { $case: 'routeConfig', routeConfig: shape.route },
    httpFilters: [...(shape.grpc ? [grpcStats()] : []), httpFilter('envoy.filters.http.router', Router, {})],
    internalAddressConfig: { cidrRanges: cidrRanges(shape.internalAddresses ?? defaultInternalAddresses, shape.ipv6) },
    normalizePath: shape.normalizePath || undefined,
  }
  if (shape.forwardClientCert) {
    hcm.forwardClientCertDetails = HttpConnectionManager_ForwardClientCertDetails.SANITIZE_SET
    hcm.setCurrentClientCertDetails = { uri: true }
  }
  const filters = [networkFilter('envoy.filters.network.http_connection_manager', HttpConnectionManager, hcm)]
  return { filters, hcm, route: typeof shape.route === 'string' ? undefined : shape.route }
}

export function httpFilter<T>(name: string, codec: Codec<T>, config: T): HttpFilter {
  return { name, configType: { $case: 'typedConfig', typedConfig: pack(codec, config) } }
}

export function grpcStats(): HttpFilter {
  return httpFilter('envoy.filters.http.grpc_stats', FilterConfig, { emitFilterState: true })
}

/** Puts a filter last, but for the router. */
export function insertBeforeRouter(hcm: HttpConnectionManager, filter: HttpFilter): void {
  const filters = (hcm.httpFilters ??= [])
  const router = filters.findIndex((f) => f.name === 'envoy.filters.http.router')
  filters.splice(router < 0 ? filters.length : router, 0, filter)
}

/** Puts a filter in front of all others. */
export function prependHttpFilter(hcm: HttpConnectionManager, filter: HttpFilter): void {
  ;(hcm.httpFilters ??= []).unshift(filter)
}

function cidrRanges(addresses: readonly string[], ipv6: boolean): CidrRange[] {
  return addresses
    .filter((address) => ipv6 || !isIPv6(address))
    .map((address) => {
      const [prefix = '', length = '32'] = address.split('/')
      return { addressPrefix: prefix, prefixLen: Number(length) }
    })
}

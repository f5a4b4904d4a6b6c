import type { Route } from '../../gen/envoy/config/route/v3/route_components.js'
import { hcmContent } from './hcm.js'
import type { ChainContent } from './listener.js'

/** Requests from the host itself are internal, all others are not. */
export const localhostAddresses: readonly string[] = ['127.0.0.1/32', '::1/128']

export interface StaticEndpoint {
  readonly path: string
  readonly cluster: string
  readonly rewrite: string
}

/** A connection manager of the proxy's own that passes a few paths on to fixed clusters. */
export function staticEndpoints(name: string, endpoints: readonly StaticEndpoint[], ipv6: boolean): ChainContent {
  const routes = endpoints.map(
    ({ path, cluster, rewrite }): Route => ({
      match: { pathSpecifier: { $case: 'prefix', prefix: path } },
      action: { $case: 'route', route: { clusterSpecifier: { $case: 'cluster', cluster }, prefixRewrite: rewrite } },
    }),
  )
  return hcmContent({
    statsName: name,
    ipv6,
    internalAddresses: localhostAddresses,
    route: { validateClusters: false, virtualHosts: [{ name, domains: ['*'], routes }] },
  })
}

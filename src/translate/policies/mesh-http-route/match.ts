import type { Resource } from '../../../core/resource.js'
import type { Outbound, ProxyContext } from '../../proxy.js'
import type { HttpRouteRule } from './conf.js'

export interface RouteOrigin {
  readonly policy: Resource
  readonly kri: string
  readonly ruleIndex: number
}

export interface HttpRouteConf {
  readonly rules: readonly HttpRouteRule[]
  /** The policy that a rule came from, for names. */
  originOf(rule: HttpRouteRule): RouteOrigin | undefined
}

export interface MatchedHttpRoutes {
  routesOf(outbound: Outbound): HttpRouteConf | undefined
}

export function match(_proxy: ProxyContext): MatchedHttpRoutes | undefined {
  return undefined
}

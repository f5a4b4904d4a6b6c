import type { Resource } from '../../../core/resource.js'
import { speaksOfGateway } from '../../gateway/listener.js'
import type { Outbound, ProxyContext } from '../../proxy.js'
import { type MatchedRules, type Origin, kriOf } from '../../rules/index.js'
import { tag } from '../../tags.js'
import { type HttpRouteRule, canonicalMatches } from './conf.js'
import { MeshHTTPRoute } from './schema.js'

export interface RouteOrigin {
  readonly policy: Resource
  readonly kri: string
  readonly ruleIndex: number
}

export interface HttpRouteConf {
  readonly rules: readonly HttpRouteRule[]
  /** The policy that a rule came from: routes are named after it, and names in it count from where it is. */
  originOf(rule: HttpRouteRule): RouteOrigin | undefined
}

export interface MatchedHttpRoutes {
  routesOf(outbound: Outbound): HttpRouteConf | undefined
  /** Where rules speak of a builtin gateway's listeners: all of them. */
  readonly gatewayRules?: MatchedRules<MergedConf>
}

export interface MergedConf {
  readonly hostnames?: readonly string[]
  readonly rules?: readonly HttpRouteRule[]
}

/**
 * Where the mesh routes by TrafficRoute, this policy has a say only once one of its own concerns the proxy; then it builds
 * every HTTP outbound.
 */
export function match(proxy: ProxyContext): MatchedHttpRoutes | undefined {
  const { mesh, dataplane } = proxy
  const rules = mesh.rules.of<MergedConf>(MeshHTTPRoute, dataplane)
  const concerned = rules.to.services.length > 0 || rules.to.resources.size > 0
  const gatewayRules = speaksOfGateway(rules, proxy) ? rules : undefined
  if (!concerned && !gatewayRules) return undefined
  return {
    gatewayRules,
    routesOf(outbound) {
      if (outbound.resource) {
        const rule = rules.to.forResource(outbound.resource)
        if (rule?.confs[0]) return confOf(rule.confs[0], rule.origins)
      }
      const rule = rules.to.forService(outbound.service, outbound.resource ? {} : { [tag.service]: outbound.service })
      return rule && confOf(rule.conf, rule.origins)
    },
  }
}

export function confOf({ rules = [] }: MergedConf, origins: readonly Origin[]): HttpRouteConf {
  return { rules, originOf: (rule) => originOf(rule, origins) }
}

/** The strongest of the policies that have a rule with these matches. */
function originOf({ matches }: HttpRouteRule, origins: readonly Origin[]): RouteOrigin | undefined {
  const wanted = canonicalMatches(matches)
  for (const { policy } of [...origins].reverse()) {
    for (const { rules = [] } of (policy.spec.to ?? []) as readonly MergedConf[]) {
      const ruleIndex = rules.findIndex((rule) => canonicalMatches(rule.matches) === wanted)
      if (ruleIndex >= 0) return { policy, kri: kriOf(policy, 'mhttpr'), ruleIndex }
    }
  }
  return undefined
}

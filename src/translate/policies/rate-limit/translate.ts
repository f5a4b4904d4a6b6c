import type { Resource } from '../../../core/resource.js'
import type { Route } from '../../../gen/envoy/config/route/v3/route_components.js'
import type { InboundDraft, OutboundDraft } from '../../draft.js'
import { insertBeforeRouter, prependHttpFilter } from '../../envoy/hcm.js'
import { rateLimitConfig, rateLimitFilter } from '../../local-rate-limit.js'
import { type GatewayPolicies, gatewayPolicies } from '../../gateway/connection-policies.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import type { Inbound, ProxyContext } from '../../proxy.js'
import { inboundPoliciesBySource, outboundPolicies } from '../../source-destination.js'
import { header, tagsHeaderRegex } from '../../tags.js'
import type { RateLimitSpec } from './schema.js'

type Limit = Resource<RateLimitSpec>

export interface MatchedLimits {
  inboundLimits(inbound: Inbound): readonly Limit[]
  outboundLimit(service: string): Limit | undefined
  readonly gateway: GatewayPolicies<RateLimitSpec>
}

export function match({ mesh, tagSets }: ProxyContext): MatchedLimits | undefined {
  const limits = mesh.resourcesOf<RateLimitSpec>('RateLimit')
  if (limits.length === 0) return undefined
  return {
    inboundLimits: ({ tags }) => inboundPoliciesBySource(limits, tags),
    outboundLimit: outboundPolicies(limits, tagSets),
    gateway: gatewayPolicies(limits),
  }
}

/** Each limit becomes a route of its own for the callers that it selects, in front of the route of all others. */
export function inbound({ inboundLimits }: MatchedLimits, { inbound, listener }: InboundDraft): void {
  const limits = inboundLimits(inbound)
  if (limits.length === 0) return
  for (const { hcm, route } of listener.chains) {
    if (!hcm) continue
    insertBeforeRouter(hcm, rateLimitFilter())
    for (const virtualHost of route?.virtualHosts ?? []) {
      virtualHost.routes = (virtualHost.routes ?? []).flatMap((base) => [...limits.flatMap((limit) => limitedRoute(limit, base)), base])
    }
  }
}

export function limitedRoute({ spec: { sources = [], conf } }: Limit, base: Route): Route[] {
  if (!conf?.http || base.action?.$case !== 'route') return []
  const regex = tagsHeaderRegex(sources.map(({ match = {} }) => match))
  const callers = { name: header.tags, headerMatchSpecifier: { $case: 'safeRegexMatch' as const, safeRegexMatch: { regex } } }
  return [
    {
      match: { ...base.match, headers: [callers, ...(base.match?.headers ?? [])] },
      action: { $case: 'route', route: { ...base.action.route } },
      typedPerFilterConfig: rateLimitConfig(conf.http),
    },
  ]
}

/** External services have no proxy that could limit: without a zone egress their clients do. */
export function outbound(
  { outboundLimit }: MatchedLimits,
  { outbound, listener, destinations, connection }: OutboundDraft,
  { mesh }: ProxyContext,
): void {
  const limit = connection && mesh.mesh.spec.routing?.zoneEgress !== true ? outboundLimit(outbound.service) : undefined
  if (!limit) return
  const conf = limit.spec.conf?.http
  const external = new Set(destinations.filter((destination) => destination.external).map(({ name }) => name))
  for (const { hcm, route } of listener.chains) {
    if (!hcm) continue
    prependHttpFilter(hcm, rateLimitFilter())
    for (const virtualHost of route?.virtualHosts ?? []) {
      for (const each of virtualHost.routes ?? []) {
        if (conf && leadsTo(external, each)) each.typedPerFilterConfig = rateLimitConfig(conf)
      }
    }
  }
}

/** A gateway limits what it forwards; its filter is there anyway. */
export function gateway({ gateway }: MatchedLimits, { routes }: GatewayDraft): void {
  for (const { message, host, entry } of routes) {
    const conf = gateway.ofRoute((entry?.forward ?? []).map((backend) => ({ host, backend })))?.spec.conf?.http
    if (conf) message.typedPerFilterConfig = { ...message.typedPerFilterConfig, ...rateLimitConfig(conf) }
  }
}

function leadsTo(clusters: ReadonlySet<string>, { action }: Route): boolean {
  if (action?.$case !== 'route') return false
  const specifier = action.route.clusterSpecifier
  if (specifier?.$case === 'cluster') return clusters.has(specifier.cluster)
  if (specifier?.$case !== 'weightedClusters') return false
  return (specifier.weightedClusters.clusters ?? []).some(({ name = '' }) => clusters.has(name))
}

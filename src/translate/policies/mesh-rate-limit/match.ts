import type { Inbound, ProxyContext } from '../../proxy.js'
import type { InboundRule, ListenerAddress, ToRules } from '../../rules/index.js'
import { inboundPoliciesBySource } from '../../source-destination.js'
import { MeshRateLimit, type RateLimitConf } from './schema.js'

export interface MatchedRateLimits {
  /** What holds for all traffic of an inbound. `undefined`: nothing does. */
  inbound(inbound: Inbound): RateLimitConf | undefined
  /** What holds for callers by their identity. */
  bySource(inbound: Inbound): readonly InboundRule<RateLimitConf>[]
  /** Every rule for a zone proxy that is part of the Dataplane. */
  zoneListener(section: string): readonly InboundRule<RateLimitConf>[]
  gateway(listener: ListenerAddress): ToRules<RateLimitConf>
}

/** Inbounds that the older RateLimit limits are left to it. */
export function match({ mesh, dataplane }: ProxyContext): MatchedRateLimits {
  const rules = mesh.rules.of<RateLimitConf>(MeshRateLimit, dataplane)
  const older = mesh.resourcesOf<{ readonly destinations?: [] }>('RateLimit')
  const isLimited = ({ tags }: Inbound) => older.length > 0 && inboundPoliciesBySource(older, tags).length > 0
  return {
    inbound: (inbound) => (isLimited(inbound) ? undefined : rules.inbound.catchAll(inbound)?.conf),
    bySource: (inbound) => (isLimited(inbound) ? [] : rules.inbound.forListener(inbound).filter(({ match }) => match?.spiffeID)),
    zoneListener: (section) => rules.inbound.forSection(section),
    gateway: (listener) => rules.gateway.forListener(listener),
  }
}

import type { ClusterDraft } from '../../draft.js'
import type { Outbound, ProxyContext } from '../../proxy.js'
import {
  type InboundRule,
  type ListenerAddress,
  type MatchedRules,
  type ToRules,
  matchesHashTag,
  withoutSection,
} from '../../rules/index.js'
import { MeshTimeout, type TimeoutConf } from './schema.js'

/** The timeouts of one proxy. `{}`: no policy concerns the place, the defaults hold. `undefined`: policies do, but not this place. */
export interface MatchedTimeouts {
  inbound(listener: ListenerAddress): TimeoutConf | undefined
  /** What holds for callers by their identity. */
  bySource(listener: ListenerAddress): readonly InboundRule<TimeoutConf>[]
  outbound(outbound: Outbound): TimeoutConf | undefined
  /** Of one route of an outbound, where a policy speaks of the route itself. */
  route(outbound: Outbound, routeName: string): TimeoutConf | undefined
  cluster(cluster: ClusterDraft): TimeoutConf
  resource(kri: string): TimeoutConf
  /** Every rule for a zone proxy that is part of the Dataplane. */
  zoneListener(section: string): readonly InboundRule<TimeoutConf>[]
  /** What one port of a builtin gateway leads to. */
  gateway(listener: ListenerAddress): ToRules<TimeoutConf>
}

export function match({ mesh, dataplane }: ProxyContext): MatchedTimeouts {
  const rules = mesh.rules.of<TimeoutConf>(MeshTimeout, dataplane)
  return {
    inbound(inbound) {
      const all = rules.inbound.forListener(inbound)
      return all.length === 0 ? {} : rules.inbound.catchAll(inbound)?.conf
    },
    bySource: (inbound) => rules.inbound.forListener(inbound).filter(({ match }) => match?.spiffeID),
    outbound: (outbound) =>
      outbound.resource ? (resourceConf(rules, outbound.resource) ?? {}) : rules.to.forService(outbound.service)?.conf,
    route(outbound, routeName) {
      if (!outbound.resource) return rules.to.forService(outbound.service, { [matchesHashTag]: routeName })?.conf
      return routeName.startsWith('kri_')
        ? rules.to.forFirst(routeName, withoutSection(routeName), ...levels(outbound.resource))?.confs[0]
        : undefined
    },
    zoneListener: (section) => rules.inbound.forSection(section),
    resource: (kri) => resourceConf(rules, kri) ?? {},
    gateway: (listener) => rules.gateway.forListener(listener),
    cluster({ destination }) {
      if (!destination) return {}
      const { resource, service } = destination
      return (resource ? resourceConf(rules, resource) : rules.to.forService(service)?.conf) ?? {}
    },
  }
}

const levels = (resource: string) => [resource, withoutSection(resource)]

function resourceConf(rules: MatchedRules<TimeoutConf>, resource: string): TimeoutConf | undefined {
  return rules.to.forResource(resource)?.confs[0]
}

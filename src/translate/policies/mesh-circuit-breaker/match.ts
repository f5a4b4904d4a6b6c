import type { ClusterDraft } from '../../draft.js'
import type { Inbound, ProxyContext } from '../../proxy.js'
import type { ToRules } from '../../rules/index.js'
import { type CircuitBreakerConf, MeshCircuitBreaker } from './schema.js'

/** The limits of one proxy. `undefined`: no policy speaks of the place. */
export interface MatchedCircuitBreakers {
  inbound(inbound: Inbound): CircuitBreakerConf | undefined
  cluster(cluster: ClusterDraft): CircuitBreakerConf | undefined
  /** Rules of one port of a builtin gateway. */
  gateway(port: number): ToRules<CircuitBreakerConf>
}

export function match({ mesh, dataplane }: ProxyContext): MatchedCircuitBreakers {
  const rules = mesh.rules.of<CircuitBreakerConf>(MeshCircuitBreaker, dataplane)
  const address = dataplane.spec.networking?.address ?? ''
  return {
    inbound: (inbound) => rules.inbound.catchAll(inbound)?.conf,
    cluster: ({ destination }) => destination && confOf(rules.to, destination.service, destination.resource),
    gateway: (port) => rules.gateway.forListener({ address, port }),
  }
}

/** What holds for a destination: a real service has its own rules. */
export function confOf(rules: ToRules<CircuitBreakerConf>, service: string, resource: string | undefined): CircuitBreakerConf | undefined {
  return resource === undefined ? rules.forService(service)?.conf : rules.forResource(resource)?.confs[0]
}

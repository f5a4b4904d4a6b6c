import type { Outbound, ProxyContext } from '../../proxy.js'
import { type ToRules, matchesHashTag, withoutSection } from '../../rules/index.js'
import { MeshRetry, type RetryConf } from './schema.js'

/** The retries of one proxy. `undefined`: no policy speaks of the place. */
export interface MatchedRetries {
  outbound(outbound: Outbound): RetryConf | undefined
  /** Of one route of an outbound, where a policy speaks of the route itself. */
  route(outbound: Outbound, routeName: string): RetryConf | undefined
  /** Rules of one port of a builtin gateway. */
  gateway(port: number): ToRules<RetryConf>
}

export function match({ mesh, dataplane }: ProxyContext): MatchedRetries {
  const rules = mesh.rules.of<RetryConf>(MeshRetry, dataplane)
  const address = dataplane.spec.networking?.address ?? ''
  return {
    outbound: ({ resource, service }) => (resource ? rules.to.forResource(resource)?.confs[0] : rules.to.forService(service)?.conf),
    route({ resource, service }, routeName) {
      if (!resource) return rules.to.forService(service, { [matchesHashTag]: routeName })?.conf
      if (!routeName.startsWith('kri_')) return undefined
      return rules.to.forFirst(routeName, withoutSection(routeName), resource, withoutSection(resource))?.confs[0]
    },
    gateway: (port) => rules.gateway.forListener({ address, port }),
  }
}

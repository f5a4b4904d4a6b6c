import type { Destination, Inbound, Outbound, ProxyContext } from '../../proxy.js'
import type { TimeoutConf } from './schema.js'

/** The timeouts of one proxy. `{}`: no policy concerns it, the defaults hold. `undefined`: policies do, but not this place. */
export interface MatchedTimeouts {
  inbound(inbound: Inbound): TimeoutConf | undefined
  outbound(outbound: Outbound): TimeoutConf | undefined
  /** Of one route of an outbound, where a policy speaks of the route itself. */
  route(outbound: Outbound, routeName: string): TimeoutConf | undefined
  destination(destination: Destination): TimeoutConf | undefined
}

export function match(_proxy: ProxyContext): MatchedTimeouts {
  return { inbound: () => ({}), outbound: (outbound) => (outbound.resource ? {} : undefined), route: () => undefined, destination: () => ({}) }
}

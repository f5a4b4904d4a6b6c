import type { DataplaneSpec } from '../../../core/kinds/dataplane.js'
import type { Resource } from '../../../core/resource.js'

/** What a proxy is for. Metrics carry the name. */
export interface ProxyRole {
  readonly name: 'sidecar' | 'gateway' | 'zone-ingress' | 'zone-egress' | 'zone-proxy'
  /** Whether there may be an application beside it. */
  readonly hasApplication: boolean
}

export function roleOf({ spec: { networking = {} } }: Resource<DataplaneSpec>): ProxyRole {
  const { gateway, inbound = [], listeners = [] } = networking
  const ingress = listeners.some(({ type }) => type === 'ZoneIngress')
  const egress = listeners.some(({ type }) => type === 'ZoneEgress')
  const hasApplication = inbound.length > 0 || gateway !== undefined || !(ingress || egress)
  if (gateway) return { name: 'gateway', hasApplication }
  if (ingress && egress) return { name: 'zone-proxy', hasApplication }
  if (ingress || egress) return { name: ingress ? 'zone-ingress' : 'zone-egress', hasApplication }
  return { name: 'sidecar', hasApplication }
}

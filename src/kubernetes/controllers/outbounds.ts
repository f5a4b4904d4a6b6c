import type { DataplaneOutbound, DataplaneSpec } from '../../core/kinds/dataplane.js'
import { serviceLessPort } from '../../translate/proxy.js'
import type { Pod, Service } from '../objects.js'
import { isHeadless } from './inbound-tags.js'

export interface OutboundSources {
  /** Proxies of the Pod's mesh. */
  readonly others: readonly DataplaneSpec[]
  findService(name: string, namespace: string): Service | undefined
  /** Services that the Pod wants to dial; empty: all. */
  readonly reachable: readonly string[]
}

interface ServiceEndpoint {
  readonly address: string
  readonly port: number
  readonly instance?: string
}

/**
 * What a Pod can dial by its cluster's own addresses: each Service of the mesh at its cluster IP, each instance of a headless one at its own.
 */
export function outboundsOf(pod: Pod, { others, findService, reachable }: OutboundSources): readonly DataplaneOutbound[] {
  const services = [...endpointsByService(others)].sort(([a], [b]) => (a < b ? -1 : 1))
  return services.flatMap(([tag, endpoints]): readonly DataplaneOutbound[] => {
    const named = parseServiceTag(tag)
    if (!named || named.port === serviceLessPort || (reachable.length > 0 && !reachable.includes(tag))) return []
    const service = findService(named.name, named.namespace)
    if (!service || service.spec?.type === 'ExternalName') return []
    if (!isHeadless(service))
      return service.spec?.clusterIP ? [{ address: service.spec.clusterIP, port: named.port, tags: { 'kuma.io/service': tag } }] : []
    return endpoints
      .filter(({ address }) => address !== pod.status?.podIP)
      .map(({ address, port, instance = '' }) => ({ address, port, tags: { 'kuma.io/service': tag, 'kuma.io/instance': instance } }))
  })
}

function endpointsByService(proxies: readonly DataplaneSpec[]): ReadonlyMap<string, readonly ServiceEndpoint[]> {
  const found = new Map<string, ServiceEndpoint[]>()
  for (const { networking } of proxies) {
    for (const { address, port = 0, tags = {}, state } of networking?.inbound ?? []) {
      const service = tags['kuma.io/service']
      if (!service || state === 'Ignored') continue
      const endpoint = { address: address || (networking?.address ?? ''), port, instance: tags['kuma.io/instance'] }
      const known = found.get(service)
      if (known) known.push(endpoint)
      else found.set(service, [endpoint])
    }
  }
  return found
}

/** `<name>_<namespace>_svc_<port>`; without the port it is of a Pod that no Service selects. */
export function parseServiceTag(tag: string): { readonly name: string; readonly namespace: string; readonly port: number } | undefined {
  const [, name, namespace, port] = /^([^_]+)_([^_]+)_[^_]+(?:_(\d+))?$/.exec(tag) ?? []
  if (name === undefined || namespace === undefined) return undefined
  return { name, namespace, port: port === undefined ? serviceLessPort : Number(port) }
}

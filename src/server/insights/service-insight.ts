import { type DataplaneOverview, dataplaneStatus } from './dataplane-status.js'

const serviceTag = 'kuma.io/service'
const zoneTag = 'kuma.io/zone'

type ServiceType = 'internal' | 'external' | 'gateway_delegated' | 'gateway_builtin'

/** Of one service, in the shape of Kuma's ServiceInsight; what is zero or empty is left out, as in proto3 JSON. */
export interface ServiceInsight {
  readonly status: 'offline' | 'partially_degraded' | 'online' | 'not_available'
  readonly dataplanes: { readonly total?: number; readonly online?: number; readonly offline?: number }
  /** How many proxies have a certificate of which backend. */
  readonly issuedBackends?: Readonly<Record<string, number>>
  readonly serviceType?: Exclude<ServiceType, 'internal'>
  /** Where clients find it, `<service>.mesh:80` or the external address. */
  readonly addressPort?: string
  readonly zones?: readonly string[]
}

/** The part of an ExternalService that matters here. */
export interface ExternalServiceLike {
  readonly tags?: Readonly<Record<string, string>>
  readonly networking?: { readonly address?: string }
}

interface Count {
  readonly type: ServiceType
  readonly address?: string
  online: number
  offline: number
  readonly backends: Map<string, number>
  readonly zones: Set<string>
}

export interface MeshServices {
  readonly overviews: readonly DataplaneOverview[]
  readonly externalServices: readonly ExternalServiceLike[]
  /** The mesh's services are MeshServices: only delegated gateways are told of by their tag. */
  readonly exclusive: boolean
}

/** What proxies and external services come to, by service. Source: the insights resyncer of kuma-cp. */
export function serviceInsights({ overviews, externalServices, exclusive }: MeshServices): Map<string, ServiceInsight> {
  const counts = new Map<string, Count>()
  const countOf = (name: string, type: ServiceType, address?: string): Count => {
    const count = counts.get(name) ?? { type, address, online: 0, offline: 0, backends: new Map(), zones: new Set() }
    counts.set(name, count)
    return count
  }
  for (const overview of overviews) {
    const up = dataplaneStatus(overview) === 'online'
    const backend = overview.insight?.mTLS?.issuedBackend
    for (const { type, tags } of servicesOf(overview)) {
      const name = tags[serviceTag]
      if (!name || (exclusive && type !== 'gateway_delegated')) continue
      const count = countOf(name, type)
      if (up) count.online += 1
      else count.offline += 1
      if (backend) count.backends.set(backend, (count.backends.get(backend) ?? 0) + 1)
      if (tags[zoneTag]) count.zones.add(tags[zoneTag])
    }
  }
  for (const { tags = {}, networking } of exclusive ? [] : externalServices) {
    const name = tags[serviceTag]
    if (!name) continue
    const count = countOf(name, 'external', networking?.address)
    if (tags[zoneTag]) count.zones.add(tags[zoneTag])
  }
  return new Map([...counts].map(([name, count]) => [name, insightOf(name, count)]))
}

function servicesOf({ dataplane: { networking } }: DataplaneOverview): { type: ServiceType; tags: Readonly<Record<string, string>> }[] {
  const gateway = networking?.gateway
  if (gateway) return [{ type: gateway.type === 'BUILTIN' ? 'gateway_builtin' : 'gateway_delegated', tags: gateway.tags ?? {} }]
  return (networking?.inbound ?? []).filter(({ state }) => state !== 'Ignored').map(({ tags = {} }) => ({ type: 'internal', tags }))
}

function insightOf(name: string, { type, address, online, offline, backends, zones }: Count): ServiceInsight {
  const addressPort = type === 'internal' ? `${name}.mesh:80` : address
  return {
    status: type === 'external' ? 'not_available' : online === 0 ? 'offline' : offline === 0 ? 'online' : 'partially_degraded',
    dataplanes: nonZero({ total: online + offline, online, offline }),
    ...(backends.size > 0 && { issuedBackends: Object.fromEntries([...backends].sort()) }),
    ...(type !== 'internal' && { serviceType: type }),
    ...(addressPort && { addressPort }),
    ...(zones.size > 0 && { zones: [...zones].sort() }),
  }
}

/** proto3 JSON doesn't write zeros. */
export function nonZero<K extends string>(counts: Readonly<Record<K, number>>): Partial<Record<K, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<Record<K, number>>
}

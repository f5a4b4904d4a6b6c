import type { DataplaneSpec } from '../kinds/dataplane.js'
import type { ExternalServiceSpec } from '../kinds/external-service.js'
import type { ServiceInsightSpec } from '../kinds/internal.js'
import type { MeshSpec } from '../kinds/mesh.js'
import type { Resource, ResourceKey } from '../resource.js'
import { type ServiceTlsFacts, serviceInsightKey, tlsReadyServices } from '../service-insight.js'
import { serviceTag } from '../validate/tags.js'
import type { ProxyFacts } from './proxy-facts.js'
import { type Dataplane, inboundsOf } from './selected-proxies.js'

export interface ReadinessSources {
  readonly meshes: readonly Resource<MeshSpec>[]
  readonly dataplanes: readonly Dataplane[]
  readonly externalServices: readonly Resource<ExternalServiceSpec>[]
  readonly factsOf: (dataplane: Dataplane) => ProxyFacts
  readonly insights: readonly Resource<ServiceInsightSpec>[]
}

/**
 * Which services, known by their tags, take TLS: clients of a PERMISSIVE mesh use it as soon as all proxies of a service have their
 * certificates. One that was ready once stays so while it has proxies: each new one has its certificate from the start.
 */
export function tlsReadiness(sources: ReadinessSources): { readonly put: readonly Resource[]; readonly removed: readonly ResourceKey[] } {
  const put: Resource[] = []
  const removed: ResourceKey[] = []
  for (const mesh of sources.meshes) {
    const key = serviceInsightKey(mesh.name)
    const before = sources.insights.find((insight) => insight.mesh === key.mesh && insight.name === key.name)
    const services = readyServices(mesh, sources, before)
    if (Object.keys(services).length > 0) put.push({ labels: {}, ...before, ...key, spec: { services } satisfies ServiceInsightSpec })
    else if (before) removed.push(key)
  }
  return { put, removed }
}

function readyServices(
  { name, spec }: Resource<MeshSpec>,
  { dataplanes, externalServices, factsOf }: ReadinessSources,
  before: Resource<ServiceInsightSpec> | undefined,
): Readonly<Record<string, ServiceTlsFacts>> {
  if (!spec.mtls?.enabledBackend || spec.meshServices?.mode === 'Exclusive') return {}
  const known = before?.spec.services ?? {}
  const already = before ? tlsReadyServices([before]) : new Set()
  const ready: [string, ServiceTlsFacts][] = []
  for (const [service, proxies] of byService(dataplanes.filter(({ mesh }) => mesh === name))) {
    const kept = already.has(service) && known[service]?.serviceType !== 'external' ? known[service] : undefined
    const facts = kept ?? (proxies.every((proxy) => factsOf(proxy).certifiedBy) ? certified(proxies, factsOf) : undefined)
    if (facts) ready.push([service, facts])
  }
  const inside = new Set(ready.map(([service]) => service))
  for (const { mesh, spec: outside } of externalServices) {
    const service = outside.tags?.[serviceTag]
    if (mesh === name && service && !inside.has(service)) ready.push([service, { serviceType: 'external' }])
  }
  return Object.fromEntries(ready.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function byService(dataplanes: readonly Dataplane[]): ReadonlyMap<string, Dataplane[]> {
  const services = new Map<string, Dataplane[]>()
  for (const dataplane of dataplanes) {
    for (const service of new Set(servicesOf(dataplane.spec, dataplane))) {
      const proxies = services.get(service)
      if (proxies) proxies.push(dataplane)
      else services.set(service, [dataplane])
    }
  }
  return services
}

function servicesOf({ networking }: DataplaneSpec, dataplane: Dataplane): string[] {
  const tags = [networking?.gateway?.tags, ...inboundsOf(dataplane).map((inbound) => inbound.tags)]
  return tags.flatMap((own) => own?.[serviceTag] || [])
}

/** As it is when a service becomes ready; later proxies don't count any more. */
function certified(proxies: readonly Dataplane[], factsOf: ReadinessSources['factsOf']): ServiceTlsFacts {
  const online = proxies.filter((proxy) => factsOf(proxy).connected).length
  const backends = proxies.map((proxy) => factsOf(proxy).certifiedBy ?? '')
  const counts = [...new Set(backends)].sort().map((backend) => [backend, backends.filter((one) => one === backend).length])
  const issuedBackends: Readonly<Record<string, number>> = Object.fromEntries(counts)
  return { dataplanes: { total: proxies.length, online, offline: proxies.length - online }, issuedBackends }
}

import type { AvailableService } from '../../core/kinds/zone-ingress.js'
import type { Endpoint, EndpointMap } from '../endpoints.js'
import { hostPort } from '../envoy/address.js'
import { wildcard } from '../gateway/listener.js'
import type { MeshContext } from '../mesh-context.js'
import { names, sniFromTags } from '../names.js'
import { type RealService, portServiceName, withSection } from '../services.js'
import { serviceSni } from '../service-tls.js'
import { type Tags, matchesTags, tag, withoutTags } from '../tags.js'
import type { RoutedTags } from './routed-tags.js'

/** A service that a zone proxy passes connections on to: one cluster, one server name a subset. */
export interface ZoneService {
  /** Key among the endpoints. Zone proxies list services in the order of this name. */
  readonly service: string
  readonly clusterName: string
  readonly endpoints: readonly Endpoint[]
  readonly subsets: readonly ZoneSubset[]
}

export interface ZoneSubset {
  readonly sni: string
  /** Tags that tell the subset's endpoints from the others. */
  readonly tags: Tags
}

interface Sources {
  readonly available: readonly AvailableService[]
  readonly routed: RoutedTags
  readonly endpoints: EndpointMap
  readonly realServices: readonly RealService[]
  readonly unifiedNaming: boolean
}

/** What a zone proxy serves of one mesh. */
export function zoneServices(mesh: MeshContext, { available, routed, endpoints, realServices, unifiedNaming }: Sources): ZoneService[] {
  const services = new Map<string, ZoneService & { subsets: ZoneSubset[] }>()
  const known = new Set<string>()
  const add = (service: string, clusterName: string, subset: ZoneSubset) => {
    if (known.has(subset.sni)) return
    known.add(subset.sni)
    const entry = services.get(service)
    if (entry) entry.subsets.push(subset)
    else services.set(service, { service, clusterName, endpoints: endpoints.get(service) ?? [], subsets: [subset] })
  }
  for (const { tags: offered = {} } of available) {
    const service = offered[tag.service] ?? ''
    for (const tags of [...(routed.get(service) ?? []), ...(routed.get(wildcard) ?? [])]) {
      const sni = sniFromTags({ ...tags, [tag.service]: service, mesh: mesh.name })
      add(service, names.meshCluster(mesh.name, service), { sni, tags: tellingTags(tags, endpoints.get(service) ?? []) })
    }
  }
  for (const real of realServices) {
    for (const port of real.ports) {
      const service = portServiceName(real, port)
      add(service, unifiedNaming ? withSection(real.kri, port.name) : service, { sni: serviceSni(real, port), tags: {} })
    }
  }
  return [...services.values()].sort((a, b) => (a.service < b.service ? -1 : 1))
}

/**
 * Tags that not all addresses have. The others would do nothing, or worse: Envoy keeps one endpoint an address, so two that
 * differ in tags only become one.
 */
function tellingTags(tags: Tags, endpoints: readonly Endpoint[]): Tags {
  const addresses = (list: readonly Endpoint[]) => new Set(list.map(({ address, port }) => hostPort(address, port))).size
  const all = addresses(endpoints)
  const telling = Object.entries(withoutTags(tags, tag.service)).filter(
    ([key, value]) => value !== wildcard && addresses(endpoints.filter((endpoint) => matchesTags({ [key]: value }, endpoint.tags))) < all,
  )
  return Object.fromEntries(telling)
}

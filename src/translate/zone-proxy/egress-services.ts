import type { ExternalServiceSpec } from '../../core/kinds/external-service.js'
import type { Cluster } from '../../gen/envoy/config/cluster/v3/cluster.js'
import type { Endpoint } from '../endpoints.js'
import { externalMessage } from '../external-cluster.js'
import { externalServiceEndpoint } from '../external-services.js'
import { wildcard } from '../gateway/listener.js'
import type { MeshContext } from '../mesh-context.js'
import { names, sniFromTags } from '../names.js'
import { type Protocol, parseProtocol } from '../protocol.js'
import { type RealService, portServiceName, withSection } from '../services.js'
import { serviceSni } from '../service-tls.js'
import { type Tags, tag } from '../tags.js'
import type { ZoneProxyContext } from './context.js'
import { outsideCluster, serviceEndpoints } from './mesh-external-service.js'
import type { RoutedTags } from './routed-tags.js'

/** Something outside of a mesh that its zone egress leads to. */
export interface EgressService {
  readonly service: string
  /** What statistics and routes are called. */
  readonly name: string
  readonly chainName: string
  readonly routeName: string
  readonly externalTags: readonly Tags[]
  readonly resource?: string
  readonly protocol: Protocol
  readonly cluster: Cluster
  readonly endpoints: readonly Endpoint[]
  /** Each server name by which clients ask for it, with the tags that it stands for. */
  readonly subsets: readonly { readonly sni: string; readonly tags: Tags }[]
}

/** Everything outside of a mesh that this zone reaches, in the order of the services' names. */
export function egressServices(mesh: MeshContext, routed: RoutedTags, context: ZoneProxyContext): EgressService[] {
  return [...externalServices(mesh, routed, context), ...meshExternalServices(mesh, context)].sort((a, b) =>
    a.service < b.service ? -1 : 1,
  )
}

function externalServices(mesh: MeshContext, routed: RoutedTags, { zone, resource: egress, report }: ZoneProxyContext): EgressService[] {
  const localityAware = mesh.mesh.spec.routing?.localityAwareLoadBalancing === true
  const services = new Map<string, { endpoints: Endpoint[]; tags: Tags[] }>()
  for (const resource of mesh.resourcesOf<ExternalServiceSpec>('ExternalService')) {
    const { tags = {} } = resource.spec
    if (tags[tag.zone] && tags[tag.zone] !== zone) continue
    const { service, endpoint, problem } = externalServiceEndpoint(resource, mesh, { localZone: zone, localityAware })
    if (problem)
      report({
        level: 'error',
        code: 'unreadable-data-source',
        path: problem.path,
        message: `${problem.message}: the external service can not be reached`,
        resource,
      })
    if (!endpoint) continue
    const known = services.get(service) ?? { endpoints: [], tags: [] }
    known.endpoints.push({ ...endpoint, tags: { ...endpoint.tags, mesh: mesh.name } })
    known.tags.push(tags)
    services.set(service, known)
  }
  return [...services].map(([service, { endpoints, tags }]) => {
    const clusterName = names.meshCluster(mesh.name, service)
    return {
      service,
      name: service,
      chainName: names.egressChain(service, mesh.name),
      routeName: names.outboundRoute(service),
      externalTags: tags,
      protocol: parseProtocol(endpoints[0]?.tags[tag.protocol]),
      cluster: externalMessage(clusterName, endpoints, egress.spec.networking?.address),
      endpoints,
      subsets: subsetsOf(service, mesh.name, routed),
    }
  })
}

/** Each server name once, with the first tags that give it. */
function subsetsOf(service: string, mesh: string, routed: RoutedTags): EgressService['subsets'] {
  const bySni = new Map<string, Tags>()
  for (const routedBy of [...(routed.get(service) ?? []), ...(routed.get(wildcard) ?? [])]) {
    const tags = { ...routedBy, mesh }
    const sni = sniFromTags({ ...tags, [tag.service]: service })
    if (!bySni.has(sni)) bySni.set(sni, tags)
  }
  return [...bySni].map(([sni, tags]) => ({ sni, tags }))
}

function meshExternalServices(mesh: MeshContext, context: ZoneProxyContext): EgressService[] {
  const { zone } = context
  const reachable = ({ kind, resource }: RealService) =>
    kind === 'MeshExternalService' && [undefined, '', zone].includes(resource.labels[tag.zone])
  return mesh.services.all.filter(reachable).flatMap((real) => meshExternalService(real, mesh, context))
}

function meshExternalService(
  real: RealService,
  mesh: MeshContext,
  { metadata, resource: egress, unifiedNaming, report }: ZoneProxyContext,
): EgressService[] {
  const [port] = real.ports
  if (!port) return []
  const endpoints = serviceEndpoints(real, { mesh: mesh.name })
  const service = portServiceName(real, port)
  const resource = withSection(real.kri, port.name)
  const name = unifiedNaming ? resource : service
  const ipv6 = egress.spec.networking?.address?.includes(':') === true
  const cluster = outsideCluster(real, { name, endpoints, mesh, metadata, ipv6, report })
  if (!cluster) return []
  const subsets = [{ sni: serviceSni(real, port), tags: {} }]
  return [
    { service, name, chainName: name, routeName: name, externalTags: [], resource, protocol: port.protocol, cluster, endpoints, subsets },
  ]
}

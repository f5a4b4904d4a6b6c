import type { Resource } from '../../../core/resource.js'
import { Cluster_LbPolicy, Cluster_RingHashLbConfig_HashFunction, type Cluster } from '../../../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft, OutboundDraft } from '../../draft.js'
import type { EndpointMap } from '../../endpoints.js'
import { httpOptionsOf } from '../../envoy/cluster.js'
import { hcmContent } from '../../envoy/hcm.js'
import { seconds } from '../../envoy/duration.js'
import { outboundDraft, outboundRouteConfiguration, serviceDestination, tcpContent } from '../../outbound.js'
import type { Outbound, ProxyContext, Split } from '../../proxy.js'
import { commonProtocol, isHttp } from '../../protocol.js'
import { permittedExternalEndpoints } from '../../external-permissions.js'
import { outboundPolicies } from '../../source-destination.js'
import { type Tags, tag } from '../../tags.js'
import { envoyRoute } from './http.js'
import type { LoadBalancer, RouteConf, RouteSplit, TrafficRouteSpec } from './schema.js'

export interface MatchedRoutes {
  routeOf(service: string): Resource<TrafficRouteSpec> | undefined
  /** Load balancer of each cluster, by the route that led there last. */
  readonly loadBalancers: Map<string, LoadBalancer | undefined>
  /** Endpoints outside the mesh that the proxy may dial, by service. */
  readonly permitted: EndpointMap
}

/** Any TrafficRoute in the mesh makes this policy responsible for all outbounds, matched or not. */
export function match(proxy: ProxyContext): MatchedRoutes | undefined {
  const { mesh, tagSets } = proxy
  const routes = mesh.resourcesOf<TrafficRouteSpec>('TrafficRoute')
  if (routes.length === 0) return undefined
  return { routeOf: outboundPolicies(routes, tagSets), loadBalancers: new Map(), permitted: permittedExternalEndpoints(proxy) }
}

export interface RoutedSplits {
  readonly http?: NonNullable<RouteConf['http']>[number]
  readonly splits: readonly Split[]
}

/** An outbound that no route matches gets a listener that leads nowhere. Real services (MeshService ...) are not routed by tags. */
export function outbound(matched: MatchedRoutes, outbound: Outbound, proxy: ProxyContext): OutboundDraft | undefined {
  if (outbound.resource) return undefined
  const conf = matched.routeOf(outbound.service)?.spec.conf
  const routed = conf ? splitsOf(conf, outbound, matched, proxy) : []
  const destinations = routed.flatMap(({ splits }) => splits.map((s) => s.destination))
  for (const { name } of destinations) matched.loadBalancers.set(name, conf?.loadBalancer)
  const mainServices = conf ? serviceNames(conf, outbound) : [outbound.service]
  const protocols = destinations.map(({ tags }) => proxy.mesh.protocolOf(tags[tag.service] ?? ''))
  const protocol = protocols.length === 0 ? 'unknown' : protocols.reduce(commonProtocol)
  if (!isHttp(protocol)) {
    const content = tcpContent(
      outbound.service,
      routed.flatMap((r) => r.splits),
      protocol,
    )
    if (content.tcpProxy) content.tcpProxy.idleTimeout = seconds(0)
    return outboundDraft(outbound, protocol, content, destinations, proxy, mainServices)
  }
  const content = hcmContent({
    statsName: outbound.service,
    ipv6: proxy.metadata.ipv6Enabled,
    internalAddresses: proxy.internalAddresses,
    grpc: protocol === 'grpc',
    // gRPC clients send their tags only when somebody reads them, HTTP clients always.
    route: outboundRouteConfiguration(outbound, routed.map(envoyRoute), proxy, protocol !== 'grpc' || proxy.tagsHeaderUsed),
  })
  if (content.hcm) {
    content.hcm.commonHttpProtocolOptions = { idleTimeout: seconds(0) }
    content.hcm.streamIdleTimeout = seconds(0)
  }
  return outboundDraft(outbound, protocol, content, destinations, proxy, mainServices)
}

/** The L7 routes in their order, then the route of everything else. */
function splitsOf(conf: RouteConf, outbound: Outbound, matched: MatchedRoutes, proxy: ProxyContext): RoutedSplits[] {
  const routes: RoutedSplits[] = (conf.http ?? []).map((http) => ({ http, splits: destinationsOf(http, outbound, matched, proxy) }))
  routes.push({ splits: destinationsOf(conf, outbound, matched, proxy) })
  return routes.filter(({ splits }) => splits.length > 0)
}

interface Targets {
  readonly destination?: Tags
  readonly split?: readonly RouteSplit[]
}

function entriesOf({ destination, split }: Targets): readonly RouteSplit[] {
  return destination && Object.keys(destination).length > 0 ? [{ weight: 1, destination }] : (split ?? [])
}

/** Services that the targets name, those without any weight too. */
function serviceNames(targets: Targets, outbound: Outbound): string[] {
  return entriesOf(targets).map(({ destination = {} }) => resolveWildcards(destination, outbound.tags)[tag.service] ?? '')
}

function destinationsOf(targets: Targets, outbound: Outbound, { permitted }: MatchedRoutes, { mesh }: ProxyContext): Split[] {
  return entriesOf(targets)
    .filter(({ weight }) => (weight ?? 0) > 0)
    .map(({ weight = 0, destination }) => {
      const tags = resolveWildcards(destination ?? {}, outbound.tags)
      const service = tags[tag.service] ?? ''
      const externalEndpoints = permitted.get(service)
      const external = externalEndpoints !== undefined || mesh.isBehindEgress(service)
      return { weight, destination: { ...serviceDestination(tags, external), externalEndpoints } }
    })
}

/** A wildcard means: what the outbound says. Tags of the outbound that the route doesn't mention are added. */
function resolveWildcards(routeTags: Tags, outboundTags: Tags): Tags {
  const exact = Object.entries(routeTags).filter(([, value]) => value !== '*')
  return { ...outboundTags, ...Object.fromEntries(exact) }
}

const defaultChoiceCount = 2

/** Fixes the load balancer of a cluster by the route that leads there; external services have none to fix. */
export function cluster({ loadBalancers }: MatchedRoutes, draft: ClusterDraft): void {
  if (!draft.connection) return
  if (isHttp(draft.protocol)) httpOptionsOf(draft).commonHttpProtocolOptions = { idleTimeout: seconds(0) }
  const loadBalancer = draft.destination?.external ? undefined : loadBalancers.get(draft.name)
  if (loadBalancer) balance(draft.message, loadBalancer)
}

function balance(message: Cluster, loadBalancer: LoadBalancer): void {
  if (loadBalancer.leastRequest) {
    message.lbPolicy = Cluster_LbPolicy.LEAST_REQUEST
    const choiceCount = loadBalancer.leastRequest.choiceCount || defaultChoiceCount
    message.lbConfig = { $case: 'leastRequestLbConfig', leastRequestLbConfig: { choiceCount } }
  } else if (loadBalancer.ringHash) {
    const { hashFunction = '', minRingSize, maxRingSize } = loadBalancer.ringHash
    message.lbPolicy = Cluster_LbPolicy.RING_HASH
    message.lbConfig = {
      $case: 'ringHashLbConfig',
      ringHashLbConfig: {
        hashFunction: Cluster_RingHashLbConfig_HashFunction[hashFunction as keyof typeof Cluster_RingHashLbConfig_HashFunction],
        minimumRingSize: Number(minRingSize ?? 0),
        maximumRingSize: Number(maxRingSize ?? 0),
      },
    }
  } else if (loadBalancer.random) {
    message.lbPolicy = Cluster_LbPolicy.RANDOM
  } else if (loadBalancer.maglev) {
    message.lbPolicy = Cluster_LbPolicy.MAGLEV
  }
}

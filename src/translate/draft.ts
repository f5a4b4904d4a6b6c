import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import type { Filter, FilterChain } from '../gen/envoy/config/listener/v3/listener_components.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import type { HttpConnectionManager } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { TcpProxy } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.js'
import type { Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import type { HttpProtocolOptions } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options.js'
import type { Runtime } from '../gen/envoy/service/runtime/v3/rtds.js'
import type { Issue } from '../core/issue.js'
import type { CollectorPipe } from './collector-pipes.js'
import type { DestinationEndpoints } from './destination-endpoints.js'
import type { GatewayDraft } from './gateway/draft.js'
import type { Destination, Inbound, Outbound } from './proxy.js'
import type { Protocol } from './protocol.js'

/**
 * A proxy's resources while they are built: typed messages, and beside each what it stands for, so that policies find
 * their place without parsing names. Drafts live for one translation; nothing outside it ever sees one.
 */
export interface ProxyDraft {
  readonly inbounds: InboundDraft[]
  readonly outbounds: OutboundDraft[]
  /** What the source/destination family makes of outbounds that a targetRef route took over: only the clusters stay. */
  readonly replaced: OutboundDraft[]
  /** Ports of a builtin gateway. */
  readonly gateways: GatewayDraft[]
  /** Zone proxies that are part of the Dataplane. */
  readonly zoneListeners: ZoneListenerDraft[]
  readonly clusters: Map<string, ClusterDraft>
  readonly listeners: Map<string, ListenerDraft>
  readonly endpoints: Map<string, ClusterLoadAssignment>
  /** Endpoints that are still to be looked up, by cluster. A cluster is in one of the two maps. */
  readonly destinationEndpoints: Map<string, DestinationEndpoints>
  readonly routes: Map<string, RouteConfiguration>
  readonly secrets: Map<string, Secret>
  readonly runtimes: Map<string, Runtime>
  /** OpenTelemetry collectors that kuma-dp sends to, by name. */
  readonly collectorPipes: Map<string, CollectorPipe>
  readonly issues: Issue[]
}

/** Who made a resource. Kuma's names: user patches select by them. */
export type Origin =
  | 'inbound'
  | 'outbound'
  | 'transparent'
  | 'direct-access'
  | 'prometheus'
  | 'admin'
  | 'tracing'
  | 'probes'
  | 'dns'
  | 'dynamic-config'
  | 'ingress'
  | 'egress'
  | 'gateway'
  | 'secrets'
  | 'proxy-template-raw'
  | 'proxy-template-modifications'
  | 'mesh-proxy-patch'
  | 'meshpassthrough'
  | `mesh-${string}`

export interface ListenerDraft {
  readonly name: string
  readonly origin: Origin
  readonly message: Listener
  readonly chains: FilterChainDraft[]
}

export interface FilterChainDraft {
  readonly message: FilterChain
  /** `mesh`: callers present the mesh's certificate (or no TLS is on). The others: PERMISSIVE mode's second doors. */
  readonly trust: 'mesh' | 'plaintext' | 'foreign-tls'
  /** The network filters, in order. The connection manager or the TCP proxy is last. */
  readonly filters: Filter[]
  /** The HTTP connection manager of this chain, where its protocol has one. */
  readonly hcm?: HttpConnectionManager
  readonly tcpProxy?: TcpProxy
  /** The route configuration inside `hcm`, or the one that it fetches. */
  readonly route?: RouteConfiguration
}

export interface ClusterDraft {
  readonly name: string
  readonly origin: Origin
  readonly message: Cluster
  readonly protocol: Protocol
  /** What the tags of its endpoints say, where that is not `protocol`. */
  readonly taggedProtocol?: Protocol
  /** Kuma service behind it, for clusters of destinations. */
  readonly destination?: Destination
  readonly inbound?: Inbound
  connection?: Connection
  httpOptions?: HttpProtocolOptions
}

/** What the source/destination family knows of an outbound, or of a cluster that outbounds lead to. */
export interface Connection {
  /** The outbound that leads there; of several, the last. */
  readonly outbound: Outbound
  /** Whether an outbound's unmatched traffic goes to its service: HealthCheck, CircuitBreaker and Retry speak of no other. */
  readonly isDestination: boolean
}

export interface InboundDraft {
  readonly inbound: Inbound
  readonly listener: ListenerDraft
  readonly cluster: ClusterDraft
}

export interface ZoneListenerDraft {
  readonly type: 'ZoneIngress' | 'ZoneEgress'
  /** The listener's name, or its port: what `sectionName` selects. */
  readonly section: string
  readonly address: string
  readonly port: number
  readonly listener: ListenerDraft
  /** The clusters that the proxy itself leads out to, by chain. An ingress has none: it passes on what others encrypted. */
  readonly targets: ReadonlyMap<FilterChainDraft, ClusterDraft>
}

export interface OutboundDraft {
  readonly outbound: Outbound
  /** What the listener speaks: a MeshTCPRoute makes an HTTP service TCP. */
  readonly protocol: Protocol
  readonly listener: ListenerDraft
  /** Where the traffic of this outbound may go, in order of first mention. */
  readonly destinations: readonly Destination[]
  /** Services that get what no L7 match takes, where the source/destination family routes the outbound. */
  readonly mainServices?: readonly string[]
  connection?: Connection
}

export function newProxyDraft(): ProxyDraft {
  return {
    inbounds: [],
    outbounds: [],
    replaced: [],
    gateways: [],
    zoneListeners: [],
    clusters: new Map(),
    listeners: new Map(),
    endpoints: new Map(),
    destinationEndpoints: new Map(),
    routes: new Map(),
    secrets: new Map(),
    runtimes: new Map(),
    collectorPipes: new Map(),
    issues: [],
  }
}

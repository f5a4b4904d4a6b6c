import { TrafficDirection } from '../../gen/envoy/config/core/v3/base.js'
import type { Listener } from '../../gen/envoy/config/listener/v3/listener.js'
import type { Filter, FilterChain, FilterChainMatch, ListenerFilter } from '../../gen/envoy/config/listener/v3/listener_components.js'
import { TlsInspector } from '../../gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.js'
import { KafkaBroker } from '../../gen/envoy/extensions/filters/network/kafka_broker/v3/kafka_broker.js'
import { TcpProxy } from '../../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.js'
import type { TransportSocket } from '../../gen/envoy/config/core/v3/base.js'
import type { FilterChainDraft, ListenerDraft, Origin } from '../draft.js'
import { statName } from '../names.js'
import type { Tags } from '../tags.js'
import { pipeAddress, socketAddress } from './address.js'
import { pack } from './any.js'
import type { Codec } from './encode.js'
import { tagsMetadata } from './metadata.js'

export interface ListenerShape {
  readonly name: string
  readonly origin: Origin
  readonly direction: 'inbound' | 'outbound'
  readonly address: string
  readonly port: number
  readonly chains: FilterChainDraft[]
  /** Kept as `io.kuma.tags`. */
  readonly tags?: Tags
  /** Only inbound listeners say it. */
  readonly reusePort?: boolean
  /** False where iptables redirects to another listener of the proxy. */
  readonly bindToPort?: boolean
  /** Hand redirected connections to the listener of their original destination. */
  readonly useOriginalDst?: boolean
  readonly statPrefix?: string
  readonly listenerFilters?: ListenerFilter[]
}

export function listenerDraft(shape: ListenerShape): ListenerDraft {
  const message: Listener = {
    name: shape.name,
    address: socketAddress(shape.address, shape.port),
    trafficDirection: shape.direction === 'inbound' ? TrafficDirection.INBOUND : TrafficDirection.OUTBOUND,
    enableReusePort: shape.direction === 'inbound' ? (shape.reusePort ?? false) : undefined,
    bindToPort: shape.bindToPort === false ? false : undefined,
    useOriginalDst: shape.useOriginalDst || undefined,
    metadata: tagsMetadata(shape.tags ?? {}),
    filterChains: shape.chains.map((chain) => chain.message),
    listenerFilters: shape.listenerFilters,
    statPrefix: shape.statPrefix || undefined,
  }
  return { name: shape.name, origin: shape.origin, message, chains: shape.chains }
}

/** A listener of the proxy's own on a Unix socket. */
export function pipeListenerDraft({ name, origin, path, chains, statPrefix }: PipeListenerShape): ListenerDraft {
  const message: Listener = { name, address: pipeAddress(path), statPrefix, filterChains: chains.map((chain) => chain.message) }
  return { name, origin, chains, message }
}

export interface PipeListenerShape extends Pick<ListenerShape, 'name' | 'origin' | 'chains' | 'statPrefix'> {
  readonly path: string
}

/** What a filter chain is made of before it becomes one: the same whatever guards it. */
export interface ChainContent extends Omit<FilterChainDraft, 'message' | 'trust'> {}

export function chainDraft(
  content: ChainContent,
  {
    trust = 'mesh',
    match,
    transportSocket,
  }: { trust?: FilterChainDraft['trust']; match?: FilterChainMatch; transportSocket?: TransportSocket } = {},
): FilterChainDraft {
  const message: FilterChain = { filters: content.filters, filterChainMatch: match, transportSocket }
  return { ...content, message, trust }
}

export function networkFilter<T>(name: string, codec: Codec<T>, config: T): Filter {
  return { name, configType: { $case: 'typedConfig', typedConfig: pack(codec, config) } }
}

export function listenerFilter<T>(name: string, codec: Codec<T>, config: T): ListenerFilter {
  return { name, configType: { $case: 'typedConfig', typedConfig: pack(codec, config) } }
}

export function tlsInspector(): ListenerFilter {
  return listenerFilter('envoy.filters.listener.tls_inspector', TlsInspector, {})
}

export interface WeightedCluster {
  readonly name: string
  readonly weight: number
}

/** A TCP proxy to one cluster or, by weight, to several. To none: no filter at all. */
export function tcpProxyContent(statsName: string, clusters: readonly WeightedCluster[], { kafka = false } = {}): ChainContent {
  const filters: Filter[] = []
  if (kafka) filters.push(networkFilter('envoy.filters.network.kafka_broker', KafkaBroker, { statPrefix: statName(statsName) }))
  const [first] = clusters
  if (!first) return { filters }
  const tcpProxy: TcpProxy = {
    statPrefix: statName(statsName),
    clusterSpecifier:
      clusters.length === 1
        ? { $case: 'cluster', cluster: first.name }
        : { $case: 'weightedClusters', weightedClusters: { clusters: clusters.map(({ name, weight }) => ({ name, weight })) } },
  }
  filters.push(networkFilter('envoy.filters.network.tcp_proxy', TcpProxy, tcpProxy))
  return { filters, tcpProxy }
}

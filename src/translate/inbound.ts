import type { ListenerFilter } from '../gen/envoy/config/listener/v3/listener_components.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import type { ClusterDraft, FilterChainDraft, InboundDraft, ProxyDraft } from './draft.js'
import { bindToPassthroughSource, httpOptionsOf, speakHttp, staticCluster } from './envoy/cluster.js'
import { hcmContent } from './envoy/hcm.js'
import { seconds } from './envoy/duration.js'
import { type ChainContent, chainDraft, listenerDraft, tcpProxyContent, tlsInspector } from './envoy/listener.js'
import { kumaAlpn } from './envoy/tls.js'
import type { Matching } from './matching.js'
import { names } from './names.js'
import { type Inbound, type ProxyContext, serviceLessPort } from './proxy.js'
import { isHttp, isHttp2 } from './protocol.js'
import { type TlsMode, serverTls } from './server-tls.js'
import { header, tag } from './tags.js'

/** Builds the listener and the local cluster of each inbound of a sidecar. */
export function buildInbounds(proxy: ProxyContext, draft: ProxyDraft, matching: Matching): void {
  for (const inbound of proxy.inbounds) {
    if (inbound.port === serviceLessPort) continue
    const mode = matching.first((slots, matched) => slots.inboundMode?.(matched, inbound, proxy))
    const built = buildInbound(inbound, proxy, mode)
    draft.inbounds.push(built)
    draft.clusters.set(built.cluster.name, built.cluster)
    draft.listeners.set(built.listener.name, built.listener)
  }
}

function buildInbound(inbound: Inbound, proxy: ProxyContext, mode: TlsMode | undefined): InboundDraft {
  const unified = proxy.unifiedNaming ? names.selfInbound(inbound.section) : undefined
  const cluster = localCluster(unified ?? names.localCluster(inbound.workloadPort), inbound, proxy)
  const name = unified ?? names.inboundListener(inbound.address, inbound.port)
  const { chains, listenerFilters } = guardedChains(() => chainContent(inbound, cluster.name, proxy), proxy, mode)
  const listener = listenerDraft({
    name,
    origin: 'inbound',
    direction: 'inbound',
    address: inbound.address,
    port: inbound.port,
    reusePort: proxy.metadata.features.has('feature-reuse-port'),
    bindToPort: !proxy.transparentProxy,
    statPrefix: unified,
    tags: Object.keys(inbound.tags).length > 0 ? inbound.tags : { [tag.unifiedName]: names.selfInbound(inbound.section) },
    listenerFilters,
    chains,
  })
  return { inbound, listener, cluster }
}

/** The cluster of the application behind an inbound. Its timeouts are Kuma's defaults for inbounds. */
function localCluster(name: string, inbound: Inbound, proxy: ProxyContext): ClusterDraft {
  const message = staticCluster(name, [{ address: inbound.workloadAddress, port: inbound.workloadPort }])
  message.connectTimeout = seconds(10)
  const cluster: ClusterDraft = { name, origin: 'inbound', message, protocol: inbound.protocol, inbound }
  const loopback = inbound.workloadAddress === '127.0.0.1' || inbound.workloadAddress === '::1'
  if (proxy.transparentProxy && !loopback) bindToPassthroughSource(message, inbound.workloadAddress)
  if (isHttp(inbound.protocol)) {
    httpOptionsOf(cluster).commonHttpProtocolOptions = { idleTimeout: seconds(7200) }
    speakHttp(cluster, isHttp2(inbound.protocol) ? 2 : 1)
  }
  return cluster
}

function chainContent(inbound: Inbound, clusterName: string, proxy: ProxyContext): ChainContent {
  if (isHttp(inbound.protocol)) {
    const content = hcmContent({
      statsName: clusterName,
      forwardClientCert: true,
      ipv6: proxy.metadata.ipv6Enabled,
      internalAddresses: proxy.internalAddresses,
      route: inboundRoute(inbound, clusterName, proxy),
      grpc: inbound.protocol === 'grpc',
    })
    if (content.hcm) {
      content.hcm.commonHttpProtocolOptions = { idleTimeout: seconds(7200) }
      content.hcm.streamIdleTimeout = seconds(3600)
    }
    return content
  }
  const content = tcpProxyContent(clusterName, [{ name: clusterName, weight: 1 }], { kafka: inbound.protocol === 'kafka' })
  if (content.tcpProxy) content.tcpProxy.idleTimeout = seconds(7200)
  return content
}

function inboundRoute(inbound: Inbound, clusterName: string, proxy: ProxyContext): RouteConfiguration {
  const unified = proxy.unifiedNaming ? names.selfInbound(inbound.section) : undefined
  const fallback = names.inboundListener(inbound.address, inbound.port)
  const virtualHost = unified ?? (inbound.service || fallback)
  return {
    name: unified ?? (inbound.service ? names.inboundRoute(inbound.service) : fallback),
    validateClusters: false,
    requestHeadersToRemove: [header.tags],
    virtualHosts: [
      {
        name: virtualHost,
        domains: ['*'],
        routes: [
          {
            match: { pathSpecifier: { $case: 'prefix', prefix: '/' } },
            action: { $case: 'route', route: { clusterSpecifier: { $case: 'cluster', cluster: clusterName }, timeout: seconds(0) } },
          },
        ],
      },
    ],
  }
}

/**
 * The filter chains of an inbound by the TLS that guards it: one behind mesh TLS when it is STRICT; when it is PERMISSIVE also one
 * for plaintext and one for TLS of the application's own.
 */
export function guardedChains(
  content: () => ChainContent,
  proxy: ProxyContext,
  demanded?: TlsMode,
): { chains: FilterChainDraft[]; listenerFilters?: ListenerFilter[] } {
  const guard = serverTls(proxy, demanded)
  if (!guard) return { chains: [chainDraft(content())] }
  const { transportSocket, mode } = guard
  if (mode === 'STRICT') return { chains: [chainDraft(content(), { transportSocket })] }
  return {
    listenerFilters: [tlsInspector()],
    chains: [
      chainDraft(content(), { trust: 'plaintext', match: { transportProtocol: 'raw_buffer' } }),
      chainDraft(content(), { trust: 'foreign-tls', match: { transportProtocol: 'tls' } }),
      chainDraft(content(), { transportSocket, match: { transportProtocol: 'tls', applicationProtocols: [kumaAlpn] } }),
    ],
  }
}

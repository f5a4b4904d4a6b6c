import type { ClusterDraft, InboundDraft, ListenerDraft, OutboundDraft, ProxyDraft } from '../../draft.js'
import { isIPv6 } from '../../envoy/address.js'
import { staticCluster } from '../../envoy/cluster.js'
import { externalTlsSocket } from '../../envoy/external-tls.js'
import type { SpanService } from '../../envoy/tracing.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { unknownBackend } from '../../mesh-backends.js'
import { names } from '../../names.js'
import type { ProxyContext } from '../../proxy.js'
import { dataplanePolicy } from '../../source-destination.js'
import { type Collector, type TracingBackend, collectorOf } from './backend.js'
import type { TrafficTraceSpec } from './schema.js'

export interface MatchedTrace {
  readonly backend: TracingBackend
  readonly collector: Collector
  readonly cluster: string
}

/** A backend that the mesh doesn't have traces nothing, which is worth a warning. */
export function match(proxy: ProxyContext): MatchedTrace | undefined {
  const policy = dataplanePolicy(proxy.mesh.resourcesOf<TrafficTraceSpec>('TrafficTrace'), proxy)
  if (!policy) return undefined
  const { backends = [], defaultBackend } = proxy.mesh.mesh.spec.tracing ?? {}
  const name = policy.spec.conf?.backend || defaultBackend
  const backend = backends.find((b) => b.name === name)
  const collector = backend && collectorOf(backend)
  if (!backend || !collector) {
    proxy.report(unknownBackend('tracing', policy, name, backends))
    return undefined
  }
  return { backend, collector, cluster: names.tracingCluster(name ?? '') }
}

export function inbound(matched: MatchedTrace, { inbound, listener }: InboundDraft, proxy: ProxyContext): void {
  const name = proxy.unifiedNaming ? names.selfInbound(inbound.section) : inbound.service
  trace(matched, listener, { name, direction: 'INBOUND' })
}

export function outbound(matched: MatchedTrace, { outbound, listener, connection }: OutboundDraft, proxy: ProxyContext): void {
  if (connection) trace(matched, listener, { name: proxy.service, direction: 'OUTBOUND', destination: outbound.service })
}

/** A gateway is where traces begin: its own work is a span apart from that of the request that it forwards. */
export function gateway(matched: MatchedTrace, { envoyListener }: GatewayDraft, proxy: ProxyContext): void {
  trace(matched, envoyListener, { name: proxy.service, direction: 'UNSPECIFIED' }, true)
}

function trace(
  { backend, collector, cluster }: MatchedTrace,
  { chains }: ListenerDraft,
  service: SpanService,
  spawnUpstreamSpan = false,
): void {
  for (const { hcm } of chains) {
    if (!hcm) continue
    hcm.tracing = {
      spawnUpstreamSpan,
      overallSampling: backend.sampling === undefined ? undefined : { value: backend.sampling },
      provider: collector.provider(cluster, service),
    }
  }
}

/** The cluster of the collector is there even where nothing is traced. */
export function collectorCluster({ collector, cluster }: MatchedTrace, draft: ProxyDraft, { dataplane }: ProxyContext): void {
  const { host, port, tls } = collector
  const message = staticCluster(cluster, [{ address: host, port }], { ipv6: isIPv6(dataplane.spec.networking?.address ?? '') })
  if (tls) {
    const transportSocket = externalTlsSocket({ host, allowRenegotiation: true })
    message.transportSocketMatches = [{ name: host, match: {}, transportSocket }]
  }
  const built: ClusterDraft = { name: cluster, origin: 'tracing', message, protocol: 'http' }
  draft.clusters.set(cluster, built)
}

import { numberOf } from '../../../core/validate/numbers.js'
import { TrafficDirection } from '../../../gen/envoy/config/core/v3/base.js'
import type { HttpConnectionManager_Tracing } from '../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { CustomTag } from '../../../gen/envoy/type/tracing/v3/custom_tag.js'
import type { Percent } from '../../../gen/envoy/type/v3/percent.js'
import type { ListenerDraft, ProxyDraft } from '../../draft.js'
import type { SpanService } from '../../envoy/tracing.js'
import type { ProxyContext } from '../../proxy.js'
import { workloadKri, workloadOf } from '../../workload.js'
import { type Tracer, isBuiltinGateway, pipeSpans, tracerOf } from './collector.js'
import type { MatchedTrace, TraceSettings } from './match.js'
import type { TraceTag } from './schema.js'

/** Every listener that reads HTTP, and the collector's cluster, which is there even where nothing is traced. */
export function proxy(matched: MatchedTrace, draft: ProxyDraft, proxy: ProxyContext): void {
  const tracing = tracingOf(matched, proxy)
  const { tracer } = tracing
  const { service } = proxy
  for (const { listener } of draft.inbounds) trace(listener, tracing, { service })
  for (const { outbound, listener } of draft.outbounds) {
    if (!outbound.resource?.startsWith('kri_extsvc_')) trace(listener, tracing, { service, destination: outbound.service })
  }
  for (const { section, listener } of draft.zoneListeners) {
    const settings = matched.zoneListener(section)
    // Spans of an egress begin a hop out of the mesh, though its listener takes connections in.
    if (settings) trace(listener, tracingOf(settings, proxy), { service: zoneProxyName(proxy), direction: 'UNSPECIFIED' })
  }
  for (const { envoyListener } of draft.gateways) trace(envoyListener, tracing, { service })
  if (!tracer) return
  draft.clusters.set(tracer.cluster.name, tracer.cluster)
  pipeSpans(matched.backend, draft, proxy)
}

interface Tracing {
  readonly common: HttpConnectionManager_Tracing
  readonly tracer: Tracer | undefined
}

function tracingOf({ conf: { sampling = {}, tags = [] }, backend }: TraceSettings, proxy: ProxyContext): Tracing {
  return {
    tracer: tracerOf(backend, proxy),
    common: {
      // A gateway is where traces begin: its own work is a span apart from the request that it forwards.
      spawnUpstreamSpan: isBuiltinGateway(proxy),
      overallSampling: percent(sampling.overall),
      clientSampling: percent(sampling.client),
      randomSampling: percent(sampling.random),
      customTags: customTags(tags, proxy),
    },
  }
}

interface Span {
  /** Who makes the spans. */
  readonly service: string
  readonly destination?: string
  readonly direction?: SpanService['direction']
}

function trace({ message, chains }: ListenerDraft, { common, tracer }: Tracing, { service, destination = '', ...span }: Span): void {
  const { direction = directionOf(message.trafficDirection) } = span
  for (const { hcm } of chains) {
    if (hcm) hcm.tracing = { ...common, provider: tracer?.provider({ name: service, direction, destination }) }
  }
}

/** A Dataplane that is a zone proxy and nothing else has no service: spans bear the name of its workload, or its own. */
function zoneProxyName({ service, dataplane, inbounds }: ProxyContext): string {
  const only = inbounds.length === 0 && dataplane.spec.networking?.gateway === undefined
  return service === 'unknown' && only ? workloadOf(dataplane) || dataplane.name : service
}

function directionOf(direction: TrafficDirection | undefined): SpanService['direction'] {
  if (direction === TrafficDirection.INBOUND) return 'INBOUND'
  return direction === TrafficDirection.OUTBOUND ? 'OUTBOUND' : 'UNSPECIFIED'
}

function percent(value: number | string | undefined): Percent | undefined {
  return value === undefined ? undefined : { value: numberOf(value) ?? 0 }
}

/** The policy's tags, and where the proxy is unless a tag of the same name says otherwise. */
function customTags(tags: readonly TraceTag[], { dataplane, mesh }: ProxyContext): CustomTag[] {
  const own = [
    ['kuma.mesh', mesh.name],
    ['kuma.zone', mesh.zone],
    ['kuma.workload', workloadKri(dataplane, mesh.zone)],
  ] as const
  const taken = new Set(tags.map(({ name }) => name))
  return [
    ...tags.map(({ name, header, literal = '' }): CustomTag => {
      if (!header) return literalTag(name, literal)
      return { tag: name, type: { $case: 'requestHeader', requestHeader: { name: header.name, defaultValue: header.default } } }
    }),
    ...own.flatMap(([name, value]) => (value && !taken.has(name) ? [literalTag(name, value)] : [])),
  ]
}

function literalTag(tag: string, value: string): CustomTag {
  return { tag, type: { $case: 'literal', literal: { value } } }
}

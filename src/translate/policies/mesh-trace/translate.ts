import { numberOf } from '../../../core/validate/numbers.js'
import { TrafficDirection } from '../../../gen/envoy/config/core/v3/base.js'
import type { HttpConnectionManager_Tracing } from '../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { CustomTag } from '../../../gen/envoy/type/tracing/v3/custom_tag.js'
import type { Percent } from '../../../gen/envoy/type/v3/percent.js'
import type { ListenerDraft, ProxyDraft } from '../../draft.js'
import type { SpanService } from '../../envoy/tracing.js'
import type { ProxyContext } from '../../proxy.js'
import { workloadKri } from '../../workload.js'
import { type Tracer, isBuiltinGateway, pipeSpans, tracerOf } from './collector.js'
import type { MatchedTrace } from './match.js'
import type { TraceTag } from './schema.js'

/** Every listener that reads HTTP, and the collector's cluster, which is there even where nothing is traced. */
export function proxy({ conf, backend }: MatchedTrace, draft: ProxyDraft, proxy: ProxyContext): void {
  const tracer = tracerOf(backend, proxy)
  const { sampling = {} } = conf
  const common: HttpConnectionManager_Tracing = {
    // A gateway is where traces begin: its own work is a span apart from the request that it forwards.
    spawnUpstreamSpan: isBuiltinGateway(proxy),
    overallSampling: percent(sampling.overall),
    clientSampling: percent(sampling.client),
    randomSampling: percent(sampling.random),
    customTags: customTags(conf.tags ?? [], proxy),
  }
  for (const { listener } of draft.inbounds) trace(listener, common, tracer, proxy)
  for (const { outbound, listener } of draft.outbounds) {
    if (!outbound.resource?.startsWith('kri_extsvc_')) trace(listener, common, tracer, proxy, outbound.service)
  }
  for (const { envoyListener } of draft.gateways) trace(envoyListener, common, tracer, proxy)
  if (!tracer) return
  draft.clusters.set(tracer.cluster.name, tracer.cluster)
  pipeSpans(backend, draft, proxy)
}

function trace(
  { message, chains }: ListenerDraft,
  common: HttpConnectionManager_Tracing,
  tracer: Tracer | undefined,
  { service }: ProxyContext,
  destination = '',
): void {
  const direction = directionOf(message.trafficDirection)
  for (const { hcm } of chains) {
    if (hcm) hcm.tracing = { ...common, provider: tracer?.provider({ name: service, direction, destination }) }
  }
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

import type { Issue } from '../../../core/issue.js'
import { parseRequestUri } from '../../../core/validate/url.js'
import type { Tracing_Http } from '../../../gen/envoy/config/trace/v3/http_tracer.js'
import { addCollectorPipe } from '../../collector-pipes.js'
import type { ClusterDraft, ProxyDraft } from '../../draft.js'
import { isIPv6 } from '../../envoy/address.js'
import { staticCluster } from '../../envoy/cluster.js'
import { externalTlsSocket } from '../../envoy/external-tls.js'
import { type SpanService, datadogTracer, openTelemetryTracer, zipkinTracer } from '../../envoy/tracing.js'
import { systemName } from '../../names.js'
import { collectorCluster, collectorUrl, goesThroughDataplane, missingCollector, resolveCollector } from '../../open-telemetry.js'
import type { ProxyContext } from '../../proxy.js'
import type { TraceBackend } from './schema.js'

/** Where spans go, and how Envoy sends them there. */
export interface Tracer {
  readonly cluster: ClusterDraft
  provider(service: SpanService): Tracing_Http
}

/** `undefined`: the backend is nowhere that can be dialled, which is reported. */
export function tracerOf({ zipkin, datadog, openTelemetry }: TraceBackend, proxy: ProxyContext): Tracer | undefined {
  if (openTelemetry) return openTelemetryBackend(openTelemetry, proxy)
  if (datadog) return datadogBackend(datadog, proxy)
  return zipkin && zipkinBackend(zipkin, proxy)
}

function nameOf({ unifiedNaming }: ProxyContext, type: 'zipkin' | 'datadog' | 'otel', place: string): string {
  if (unifiedNaming) return systemName('meshtrace', type, place)
  return `meshtrace:${type === 'otel' ? 'opentelemetry' : type}`
}

function zipkinBackend(conf: NonNullable<TraceBackend['zipkin']>, proxy: ProxyContext): Tracer | undefined {
  const url = parseRequestUri(conf.url)
  if (!url?.host) return unusable(conf.url, proxy)
  const name = nameOf(proxy, 'zipkin', conf.url)
  const cluster = clusterAt(name, url, proxy)
  if (url.scheme === 'https') {
    const transportSocket = externalTlsSocket({ host: url.host, allowRenegotiation: true })
    cluster.message.transportSocketMatches = [{ name: url.host, match: {}, transportSocket }]
  }
  const collector = { ...conf, host: url.host, port: url.port === '' ? undefined : Number(url.port), path: url.path }
  const splitSpans = isBuiltinGateway(proxy)
  return { cluster, provider: () => zipkinTracer(name, { ...collector, splitSpans }) }
}

function datadogBackend({ url: text, splitService }: NonNullable<TraceBackend['datadog']>, proxy: ProxyContext): Tracer | undefined {
  const url = parseRequestUri(text)
  if (!url?.host) return unusable(text, proxy)
  const name = nameOf(proxy, 'datadog', text)
  return { cluster: clusterAt(name, url, proxy), provider: (service) => datadogTracer(name, service, splitService) }
}

function openTelemetryBackend(ref: NonNullable<TraceBackend['openTelemetry']>, proxy: ProxyContext): Tracer | undefined {
  const collector = resolveCollector(ref, proxy.mesh)
  if (!collector) return report(missingCollector('MeshTrace', ref), proxy)
  const name = nameOf(proxy, 'otel', collector.name)
  const url = collector.protocol === 'http' && !goesThroughDataplane(collector, proxy) ? collectorUrl(collector, 'traces') : undefined
  return { cluster: collectorCluster(name, collector, proxy, 'mesh-trace'), provider: (service) => openTelemetryTracer(name, service, url) }
}

function unusable(url: string, proxy: ProxyContext): undefined {
  const message = `MeshTrace: the URL "${url}" names no host to send spans to; write it like http://zipkin:9411/api/v2/spans`
  return report({ level: 'warning', code: 'unusable-backend', path: 'spec.default.backends[0]', message }, proxy)
}

function report(issue: Issue, proxy: ProxyContext): undefined {
  proxy.report(issue)
}

/** Has kuma-dp send spans on, where they go through it. */
export function pipeSpans({ openTelemetry }: TraceBackend, draft: ProxyDraft, proxy: ProxyContext): void {
  const collector = openTelemetry && resolveCollector(openTelemetry, proxy.mesh)
  if (collector && goesThroughDataplane(collector, proxy)) addCollectorPipe(proxy, draft, collector, 'traces')
}

/** Without a port in its URL, the cluster has port 0, as in Kuma. */
function clusterAt(name: string, { host, port }: { host: string; port: string }, { dataplane }: ProxyContext): ClusterDraft {
  const ipv6 = isIPv6(dataplane.spec.networking?.address ?? '')
  return { name, origin: 'mesh-trace', message: staticCluster(name, [{ address: host, port: Number(port) }], { ipv6 }), protocol: 'http' }
}

export function isBuiltinGateway({ dataplane }: ProxyContext): boolean {
  return dataplane.spec.networking?.gateway?.type === 'BUILTIN'
}

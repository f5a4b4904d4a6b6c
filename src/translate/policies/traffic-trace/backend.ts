import type { MeshSpec } from '../../../core/kinds/mesh.js'
import { parseRequestUri } from '../../../core/validate/url.js'
import type { Tracing_Http } from '../../../gen/envoy/config/trace/v3/http_tracer.js'
import { type SpanService, datadogTracer, zipkinTracer } from '../../envoy/tracing.js'

export type TracingBackend = NonNullable<NonNullable<MeshSpec['tracing']>['backends']>[number]

/** Where spans go, and how Envoy sends them there. */
export interface Collector {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** @param spanService name of the service that the spans are of, and of the one that it calls */
  provider(clusterName: string, spanService: SpanService): Tracing_Http
}

/** `undefined`: the backend's conf names no place that can be dialled. */
export function collectorOf({ type, conf = {} }: TracingBackend): Collector | undefined {
  if (type === 'zipkin') return zipkin(conf)
  if (type === 'datadog') return datadog(conf)
  return undefined
}

type Conf = Readonly<Record<string, unknown>>

function zipkin(conf: Conf): Collector | undefined {
  const url = parseRequestUri(String(conf['url'] ?? ''))
  const port = Number(url?.port)
  if (!url?.host || !(port >= 1 && port <= 0xffff)) return undefined
  const collector = {
    host: url.host,
    port,
    path: url.path,
    apiVersion: String(conf['apiVersion'] ?? ''),
    traceId128bit: conf['traceId128bit'] === true,
    sharedSpanContext: typeof conf['sharedSpanContext'] === 'boolean' ? conf['sharedSpanContext'] : undefined,
  }
  return { host: url.host, port, tls: url.scheme === 'https', provider: (cluster) => zipkinTracer(cluster, collector) }
}

function datadog(conf: Conf): Collector | undefined {
  const port = Number(conf['port'])
  if (!conf['address'] || !(port >= 1 && port <= 0xffff)) return undefined
  const split = conf['splitService'] === true
  return { host: String(conf['address']), port, tls: false, provider: (cluster, service) => datadogTracer(cluster, service, split) }
}

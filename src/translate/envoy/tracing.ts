import type { Tracing_Http } from '../../gen/envoy/config/trace/v3/http_tracer.js'
import { DatadogConfig } from '../../gen/envoy/config/trace/v3/datadog.js'
import { OpenTelemetryConfig } from '../../gen/envoy/config/trace/v3/opentelemetry.js'
import { ZipkinConfig, ZipkinConfig_CollectorEndpointVersion } from '../../gen/envoy/config/trace/v3/zipkin.js'
import { hostPort } from './address.js'
import { pack } from './any.js'
import type { Codec } from './encode.js'

/** Whose spans they are. */
export interface SpanService {
  readonly name: string
  readonly direction: 'INBOUND' | 'OUTBOUND' | 'UNSPECIFIED'
  /** The service that is called. */
  readonly destination?: string
}

/** A Zipkin collector, as its URL and the API that it speaks say it. */
export interface ZipkinCollector {
  readonly host: string
  /** Absent where the URL names none. */
  readonly port?: number
  readonly path: string
  readonly apiVersion?: string
  readonly traceId128bit?: boolean
  readonly sharedSpanContext?: boolean
  /** Whether the proxy's own work is a span apart from the request that it forwards. */
  readonly splitSpans?: boolean
}

export function zipkinTracer(collectorCluster: string, collector: ZipkinCollector): Tracing_Http {
  const { host, port, path, apiVersion, traceId128bit, sharedSpanContext, splitSpans } = collector
  const { HTTP_JSON, HTTP_PROTO } = ZipkinConfig_CollectorEndpointVersion
  return tracer('envoy.tracers.zipkin', ZipkinConfig, {
    collectorCluster,
    collectorEndpoint: path,
    collectorHostname: port === undefined ? host : hostPort(host, port),
    collectorEndpointVersion: apiVersion === 'httpProto' ? HTTP_PROTO : HTTP_JSON,
    traceId128bit,
    sharedSpanContext,
    splitSpansForRequest: splitSpans,
  })
}

/** @param split whether spans are told apart by direction and destination */
export function datadogTracer(collectorCluster: string, { name, direction, destination }: SpanService, split: boolean): Tracing_Http {
  const side = { INBOUND: [direction], OUTBOUND: [direction, destination], UNSPECIFIED: [] }[direction]
  const serviceName = split ? [name, ...side].join('_') : name
  return tracer('envoy.tracers.datadog', DatadogConfig, { collectorCluster, serviceName })
}

/** @param url where OTLP over HTTP goes; without one it is OTLP over gRPC */
export function openTelemetryTracer(cluster: string, { name }: SpanService, url?: string): Tracing_Http {
  return tracer('envoy.tracers.opentelemetry', OpenTelemetryConfig, {
    serviceName: name,
    ...(url === undefined
      ? { grpcService: { targetSpecifier: { $case: 'envoyGrpc', envoyGrpc: { clusterName: cluster } } } }
      : { httpService: { httpUri: { uri: url, httpUpstreamType: { $case: 'cluster', cluster }, timeout: { seconds: 10 } } } }),
  })
}

function tracer<T>(name: string, codec: Codec<T>, config: T): Tracing_Http {
  return { name, configType: { $case: 'typedConfig', typedConfig: pack(codec, config) } }
}

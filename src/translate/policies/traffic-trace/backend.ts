import type { MeshSpec } from '../../../core/kinds/mesh.js'
import { parseRequestUri } from '../../../core/validate/url.js'
import { DatadogConfig } from '../../../gen/envoy/config/trace/v3/datadog.js'
import type { Tracing_Http } from '../../../gen/envoy/config/trace/v3/http_tracer.js'
import { ZipkinConfig, ZipkinConfig_CollectorEndpointVersion } from '../../../gen/envoy/config/trace/v3/zipkin.js'
import { hostPort } from '../../envoy/address.js'
import { pack } from '../../envoy/any.js'

export type TracingBackend = NonNullable<NonNullable<MeshSpec['tracing']>['backends']>[number]

/** Where spans go, and how Envoy sends them there. */
export interface Collector {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** @param spanService name of the service that the spans are of, and of the one that it calls */
  provider(clusterName: string, spanService: SpanService): Tracing_Http
}

export interface SpanService {
  readonly name: string
  readonly direction: 'INBOUND' | 'OUTBOUND' | 'UNSPECIFIED'
  readonly destination?: string
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
  const { HTTP_JSON, HTTP_PROTO } = ZipkinConfig_CollectorEndpointVersion
  const config = (collectorCluster: string): ZipkinConfig => ({
    collectorCluster,
    collectorEndpoint: url.path,
    collectorHostname: hostPort(url.host, port),
    collectorEndpointVersion: conf['apiVersion'] === 'httpProto' ? HTTP_PROTO : HTTP_JSON,
    traceId128bit: conf['traceId128bit'] === true,
    sharedSpanContext: typeof conf['sharedSpanContext'] === 'boolean' ? conf['sharedSpanContext'] : undefined,
  })
  return {
    host: url.host,
    port,
    tls: url.scheme === 'https',
    provider: (cluster) => provider('envoy.tracers.zipkin', pack(ZipkinConfig, config(cluster))),
  }
}

function datadog(conf: Conf): Collector | undefined {
  const port = Number(conf['port'])
  if (!conf['address'] || !(port >= 1 && port <= 0xffff)) return undefined
  return {
    host: String(conf['address']),
    port,
    tls: false,
    provider(collectorCluster, { name, direction, destination }) {
      const side = { INBOUND: [direction], OUTBOUND: [direction, destination], UNSPECIFIED: [] }[direction]
      const serviceName = conf['splitService'] === true ? [name, ...side].join('_') : name
      return provider('envoy.tracers.datadog', pack(DatadogConfig, { collectorCluster, serviceName }))
    },
  }
}

function provider(name: string, typedConfig: ReturnType<typeof pack>): Tracing_Http {
  return { name, configType: { $case: 'typedConfig', typedConfig } }
}

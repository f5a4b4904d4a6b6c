import type * as z from 'zod'
import * as p from '../schema/proto.js'
import { dataSource } from './data-source.js'

/*
 * What the `conf` of a Mesh's backends holds, by the backend's `type`. The Mesh itself keeps `conf` as it was written.
 */

/** `logging.backends[].conf` of type `file`. */
export const fileLogging = () => p.message({ path: p.string() })

/** `logging.backends[].conf` of type `tcp`. */
export const tcpLogging = () => p.message({ address: p.string() })

/** `tracing.backends[].conf` of type `datadog`. */
export const datadogTracing = () => p.message({ address: p.string(), port: p.uint32(), splitService: p.bool() })

/** `tracing.backends[].conf` of type `zipkin`. */
export const zipkinTracing = () =>
  p.message({ url: p.string(), traceId128bit: p.bool(), apiVersion: p.string(), sharedSpanContext: p.boolValue() })

/** `metrics.backends[].conf` of type `prometheus`, also of a Dataplane's own `metrics`. Source: metrics.proto. */
export const prometheusMetrics = () =>
  p.message({
    port: p.uint32(),
    path: p.string(),
    tags: p.map(p.string()),
    skipMTLS: p.boolValue(),
    aggregate: p.list(p.message({ name: p.string(), port: p.uint32(), path: p.string(), enabled: p.boolValue(), address: p.string() })),
    envoy: p.message({ filterRegex: p.string(), usedOnly: p.boolValue() }),
    tls: p.message({
      mode: p.enumeration('kuma.mesh.v1alpha1.PrometheusTlsConfig.Mode', ['activeMTLSBackend', 'providedTLS', 'disabled']),
    }),
  })
export type PrometheusMetrics = z.infer<ReturnType<typeof prometheusMetrics>>

/** `mtls.backends[].conf` of type `builtin`. `expiration` is one number and unit: `10y`, `52w`. */
export const builtinCa = () => p.message({ caCert: p.message({ RSAbits: p.uint32Value(), expiration: p.string() }) })

/** `mtls.backends[].conf` of type `provided`. */
export const providedCa = () => p.message({ cert: dataSource(), key: dataSource() })

import * as fc from 'fast-check'
import type { Pem } from './arbitrary-sections.js'

/*
 * Random valid policies of the source/destination family, as a user writes them, but for `type`, `mesh` and `name`, and external
 * services, which they are applied to as well.
 */

type Spec = { readonly [field: string]: unknown }

/** A policy without a mesh and a name. */
export interface ArbitraryPolicy {
  readonly type: string
  readonly spec: Spec
}

/** Services outside the mesh that proxies may dial. */
export const externalServices = ['api', 'mail'] as const

export interface Selectors {
  /** Lists of selectors with any tags. */
  selectors(): fc.Arbitrary<object[]>
  /** Lists of selectors with the service and nothing else. */
  destinations(): fc.Arbitrary<object[]>
}

const seconds = (max = 3600) => fc.integer({ min: 1, max }).map((n) => `${n}s`)
const milliseconds = () => fc.integer({ min: 50, max: 900 }).map((n) => `${n}ms`)
const percentage = () => fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(0.01, 12.5, 33.333))
const some = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(shape, { requiredKeys: [] })
const count = (max = 50) => fc.integer({ min: 1, max })

const timeout = () =>
  some({
    connectTimeout: seconds(60),
    tcp: fc.record({ idleTimeout: seconds() }),
    http: fc.record(
      { requestTimeout: seconds(60), idleTimeout: seconds(), streamIdleTimeout: seconds(), maxStreamDuration: seconds() },
      { requiredKeys: ['requestTimeout'] },
    ),
    grpc: fc.record({ streamIdleTimeout: seconds(), maxStreamDuration: seconds() }, { requiredKeys: ['streamIdleTimeout'] }),
  })

const circuitBreaker = () =>
  fc.record(
    {
      interval: seconds(60),
      baseEjectionTime: seconds(60),
      maxEjectionPercent: fc.integer({ min: 0, max: 100 }),
      splitExternalAndLocalErrors: fc.boolean(),
      detectors: fc.record(
        {
          totalErrors: some({ consecutive: count() }),
          gatewayErrors: some({ consecutive: count() }),
          localErrors: some({ consecutive: count() }),
          standardDeviation: some({ requestVolume: count(), minimumHosts: count(), factor: fc.constantFrom(0.5, 1.9, 3) }),
          failure: some({ requestVolume: count(), minimumHosts: count(), threshold: fc.integer({ min: 0, max: 100 }) }),
        },
        { requiredKeys: ['totalErrors'] },
      ),
      thresholds: fc.record({ maxConnections: count(), maxPendingRequests: count(), maxRetries: count(), maxRequests: count() }),
    },
    { requiredKeys: ['detectors'] },
  )

const healthCheck = () =>
  fc
    .tuple(
      fc.record(
        {
          interval: seconds(60),
          timeout: seconds(10),
          unhealthyThreshold: count(9),
          healthyThreshold: count(9),
          initialJitter: milliseconds(),
          intervalJitter: milliseconds(),
          intervalJitterPercent: count(50),
          healthyPanicThreshold: percentage(),
          failTrafficOnPanic: fc.boolean(),
          eventLogPath: fc.constant('/tmp/health.log'),
          alwaysLogHealthCheckFailures: fc.boolean(),
          noTrafficInterval: seconds(60),
          reuseConnection: fc.boolean(),
        },
        { requiredKeys: ['interval', 'timeout', 'unhealthyThreshold', 'healthyThreshold'] },
      ),
      fc.oneof(
        fc.constant({}),
        fc.constantFrom('UElORwo=', 'AAE=').map((send) => ({ tcp: { send, receive: ['UE9ORw=='] } })),
        fc.constantFrom('/', '/health').map((path) => ({ http: { path, expectedStatuses: [200, 204] } })),
      ),
    )
    .map(([base, check]) => ({ ...base, ...check }))

const retry = () =>
  fc.record({
    http: fc.record(
      {
        numRetries: count(9),
        perTryTimeout: milliseconds(),
        backOff: fc.constantFrom({ baseInterval: '20ms' }, { baseInterval: '20ms', maxInterval: '1s' }),
        retriableStatusCodes: fc.uniqueArray(fc.constantFrom(502, 503, 504), { minLength: 1 }),
        retriableMethods: fc.uniqueArray(fc.constantFrom('GET', 'HEAD', 'PUT'), { minLength: 1 }),
        retryOn: fc.uniqueArray(fc.constantFrom('all_5xx', 'reset', 'connect_failure'), { minLength: 1 }),
      },
      { requiredKeys: ['numRetries'] },
    ),
    tcp: fc.record({ maxConnectAttempts: count(9) }),
    grpc: fc.record(
      { numRetries: count(9), retryOn: fc.uniqueArray(fc.constantFrom('cancelled', 'internal', 'unavailable'), { minLength: 1 }) },
      { requiredKeys: ['numRetries'] },
    ),
  })

const rateLimit = () =>
  fc.record({
    http: fc.record(
      {
        requests: count(1000),
        interval: fc.constantFrom('100ms', '1s', '1m'),
        onRateLimit: some({ status: fc.constantFrom(423, 429, 503), headers: fc.constant([{ key: 'x-limited', value: 'yes' }]) }),
      },
      { requiredKeys: ['requests', 'interval'] },
    ),
  })

const faultInjection = () =>
  fc.record(
    {
      delay: fc.record({ percentage: percentage(), value: milliseconds() }),
      abort: fc.record({ percentage: percentage(), httpStatus: fc.constantFrom(400, 503) }),
      responseBandwidth: fc.record({ percentage: percentage(), limit: fc.constantFrom('1 kbps', '50kbps', '7 mbps') }),
    },
    { requiredKeys: ['delay'] },
  )

const modification = () =>
  fc.constantFrom(
    {
      cluster: {
        operation: 'patch',
        match: { origin: 'outbound' },
        value: 'upstreamConnectionOptions: {tcpKeepalive: {keepaliveTime: 30}}',
      },
    },
    { cluster: { operation: 'add', value: 'name: canary\ntype: STATIC\nconnectTimeout: 1s' } },
    { listener: { operation: 'patch', value: 'perConnectionBufferLimitBytes: 4096' } },
    {
      networkFilter: {
        operation: 'addFirst',
        match: { origin: 'inbound' },
        value:
          'name: limit\ntypedConfig: {"@type": type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit, statPrefix: l, maxConnections: 9}',
      },
    },
    {
      httpFilter: {
        operation: 'addBefore',
        match: { name: 'envoy.filters.http.router' },
        value:
          'name: buffer\ntypedConfig: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, maxRequestBytes: 9}',
      },
    },
    { virtualHost: { operation: 'patch', value: 'includeRequestAttemptCount: true' } },
    { virtualHost: { operation: 'remove', match: { name: 'nobody' } } },
    { cluster: { operation: 'remove', match: { name: 'nobody' } } },
    { listener: { operation: 'remove', match: { name: 'nobody' } } },
    { networkFilter: { operation: 'remove', match: { name: 'envoy.filters.network.kafka_broker' } } },
    { httpFilter: { operation: 'remove', match: { name: 'envoy.filters.http.fault' } } },
    {
      networkFilter: {
        operation: 'patch',
        match: { name: 'envoy.filters.network.tcp_proxy' },
        value:
          'name: envoy.filters.network.tcp_proxy\ntypedConfig: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, maxConnectAttempts: 4}',
      },
    },
  )

const rawResource = () =>
  fc.constant({
    ...{ name: 'raw', version: 'v1' },
    resource: '"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\nname: raw\ntype: STATIC\nconnectTimeout: 1s',
  })

const bySelectors = (type: string, conf: fc.Arbitrary<object>, { selectors }: Selectors) =>
  fc.record({ selectors: selectors(), conf }).map((spec): ArbitraryPolicy => ({ type, spec }))

/** Policies of every kind of the family but TrafficRoute and TrafficPermission. */
export function arbitraryPolicies(by: Selectors): fc.Arbitrary<ArbitraryPolicy[]> {
  const between = (type: string, conf: fc.Arbitrary<object>, destinations = by.destinations) =>
    fc.record({ sources: by.selectors(), destinations: destinations(), conf }).map((spec): ArbitraryPolicy => ({ type, spec }))
  const http = () =>
    fc.constantFrom('http', 'http2', 'grpc').map((protocol) => [{ match: { 'kuma.io/service': '*', 'kuma.io/protocol': protocol } }])
  return fc.array(
    fc.oneof(
      between('Timeout', timeout()),
      between('CircuitBreaker', circuitBreaker()),
      between('HealthCheck', healthCheck()),
      between('Retry', retry()),
      between('TrafficLog', fc.constantFrom({}, { backend: 'tcp' })),
      between('RateLimit', rateLimit(), by.selectors),
      between('FaultInjection', faultInjection(), http),
      bySelectors('TrafficTrace', fc.constantFrom({}, { backend: 'datadog' }), by),
      bySelectors(
        'ProxyTemplate',
        fc.record({
          imports: fc.constant(['default-proxy']),
          resources: fc.array(rawResource(), { maxLength: 1 }),
          modifications: fc.array(modification(), { maxLength: 4 }),
        }),
        by,
      ),
      bySelectors(
        'VirtualOutbound',
        fc.constant({
          host: '{{.s}}.{{.v}}.mesh',
          port: '81',
          parameters: [
            { name: 's', tagKey: 'kuma.io/service' },
            { name: 'v', tagKey: 'version' },
          ],
        }),
        by,
      ),
    ),
    { maxLength: 8 },
  )
}

const externalTls = ({ certificate }: Pem) =>
  some({
    enabled: fc.boolean(),
    serverName: fc.constant('x.example.com'),
    allowRenegotiation: fc.boolean(),
    skipHostnameVerification: fc.boolean(),
    caCert: fc.constantFrom({ secret: 'certificate' }, { inlineString: certificate }),
    client: fc.constant({ clientCert: { secret: 'certificate' }, clientKey: { secret: 'key' } }),
  }).map(({ client, ...tls }) => ({ ...tls, ...client }))

/** An endpoint of an external service. */
export const arbitraryExternalService = (pem: Pem): fc.Arbitrary<Spec> =>
  fc
    .record({
      service: fc.constantFrom(...externalServices),
      protocol: fc.constantFrom('http', 'http2', 'tcp'),
      host: fc.constantFrom('a.example.com', 'b.example.com'),
      port: fc.constantFrom(80, 443),
      tls: fc.option(externalTls(pem), { nil: undefined }),
    })
    .map(({ service, protocol, host, port, tls }) => ({
      tags: { 'kuma.io/service': service, 'kuma.io/protocol': protocol },
      networking: { address: `${host}:${port}`, ...(tls && { tls }) },
    }))

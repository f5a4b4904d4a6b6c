import { Counter, Gauge, Registry, Summary, collectDefaultMetrics } from 'prom-client'
import type { XdsMetrics } from '../../server/xds-metrics.js'

export interface ControlPlaneMetrics {
  /** For xDS servers to count on. */
  readonly xds: XdsMetrics
  /** Counts who was turned away, by the server and the reason. */
  turnedAway(server: 'api' | 'bootstrap' | 'xds', reason: string): void
  readonly contentType: string
  /** Everything counted, in Prometheus' text format. */
  text(): Promise<string>
}

/** Metrics of a control plane, under the names that Kuma gives them. */
export function createMetrics(zone: string): ControlPlaneMetrics {
  const registry = new Registry()
  registry.setDefaultLabels({ zone })
  collectDefaultMetrics({ register: registry })
  const shared = { registers: [registry] }
  const quantiles = { percentiles: [0.5, 0.9, 0.99], maxAgeSeconds: 600, ageBuckets: 5, ...shared }

  const streams = new Gauge({ name: 'xds_streams_active', help: 'Number of active connections between a server and a client', ...shared })
  const versions = new Gauge({ name: 'xds_client_versions', help: 'Versions of connected proxies', labelNames: ['version'], ...shared })
  const requests = new Counter({
    name: 'xds_requests_received',
    help: 'Number of confirmations requests from a client',
    labelNames: ['type_url', 'confirmation'],
    ...shared,
  })
  const responses = new Counter({
    name: 'xds_responses_sent',
    help: 'Number of responses sent by the server to a client',
    labelNames: ['type_url'],
    ...shared,
  })
  const bytes = new Counter({ name: 'xds_responses_sent_bytes', help: 'Bytes of responses sent', labelNames: ['type_url'], ...shared })
  const generation = new Summary({
    name: 'xds_generation',
    help: 'Summary of XDS Snapshot generation, in milliseconds',
    labelNames: ['result'],
    ...quantiles,
  })
  const errors = new Counter({ name: 'xds_generation_errors', help: 'Counter of errors during XDS generation', ...shared })
  const delivery = new Summary({
    name: 'xds_delivery',
    help: 'Summary of XDS config delivery including a response (ACK/NACK) from the client, in milliseconds',
    ...quantiles,
  })
  const rejected = new Counter({
    name: 'xds_resources_refused',
    help: 'Resources that proxies refused, by the kind of the policy behind it',
    labelNames: ['type_url', 'policy'],
    ...shared,
  })
  const withIssues = new Gauge({
    name: 'xds_proxies_with_issues',
    help: 'Number of connected proxies of whose configuration something could not be built',
    ...shared,
  })
  const refused = new Counter({
    name: 'xds_streams_refused',
    help: 'Streams that were refused or ended by the server',
    labelNames: ['reason'],
    ...shared,
  })
  const turnedAway = new Counter({
    name: 'security_events',
    help: 'Requests that were turned away for who sent them, from where, or for how many there were',
    labelNames: ['server', 'reason'],
    ...shared,
  })

  return {
    turnedAway: (server, reason) => turnedAway.inc({ server, reason }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
    xds: {
      streamOpened: () => streams.inc(),
      streamClosed: () => streams.dec(),
      clientVersion: (version, change) => versions.inc({ version }, change),
      requestAnswered: (type, confirmation) => requests.inc({ type_url: type, confirmation }),
      responseSent(type, size) {
        responses.inc({ type_url: type })
        bytes.inc({ type_url: type }, size)
      },
      generated(result, ms) {
        generation.observe({ result }, ms)
        if (result === 'error') errors.inc()
      },
      delivered: (ms) => delivery.observe(ms),
      resourceRefused: (type, policy) => rejected.inc({ type_url: type, policy }),
      proxyWithIssues: (change) => withIssues.inc(change),
      streamRefused: (reason) => refused.inc({ reason }),
    },
  }
}

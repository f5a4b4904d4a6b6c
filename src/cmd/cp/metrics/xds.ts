import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { typeUrls } from '../../../server/snapshot-cache.js'
import type { XdsMetrics } from '../../../server/xds-metrics.js'

/** For times in milliseconds, as Kuma gives them: from what an idle control plane takes to what a restart of all proxies does. */
const milliseconds = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]
const kibibytes = Array.from({ length: 16 }, (_, i) => 1024 * 2 ** i)

/** What an xDS server counts, under the names and labels that Kuma gives it. Source: Kuma 2.14, `xds_*`. */
export function xdsMetrics(registry: Registry): XdsMetrics {
  const registers = [registry]
  const streams = new Gauge({ name: 'xds_streams_active', help: 'Streams of proxies that are open', registers })
  const versions = new Gauge({
    name: 'xds_client_versions',
    help: 'Connected proxies by the version of kuma-dp',
    labelNames: ['client_version'],
    registers,
  })
  const requests = new Counter({
    name: 'xds_requests_received',
    help: 'Requests in which proxies acknowledge (ACK) or refuse (NACK) a response',
    labelNames: ['type_url', 'confirmation', 'error_type'],
    registers,
  })
  const responses = new Counter({ name: 'xds_responses_sent', help: 'Responses sent to proxies', labelNames: ['type_url'], registers })
  const bytes = new Histogram({
    name: 'xds_responses_sent_bytes',
    help: 'Size of the responses sent to proxies, in bytes',
    labelNames: ['type_url'],
    buckets: kibibytes,
    registers,
  })
  const generation = new Histogram({
    name: 'xds_generation',
    help: 'Working out the configuration of one proxy, in milliseconds',
    labelNames: ['proxy_type', 'result'],
    buckets: milliseconds,
    registers,
  })
  const errors = new Counter({ name: 'xds_generation_errors', help: 'Configurations that could not be worked out', registers })
  const delivery = new Histogram({
    name: 'xds_delivery',
    help: 'From a change to the last answer (ACK or NACK) of a proxy that it concerns, in milliseconds',
    buckets: milliseconds,
    registers,
  })
  const rejected = new Counter({
    name: 'xds_resources_refused',
    help: 'Resources that proxies refused, by the kind of the policy behind it',
    labelNames: ['type_url', 'policy'],
    registers,
  })
  const withIssues = new Gauge({
    name: 'xds_proxies_with_issues',
    help: 'Connected proxies of whose configuration something could not be built',
    registers,
  })
  const refused = new Counter({
    name: 'xds_streams_refused',
    help: 'Streams that were refused or ended by the server',
    labelNames: ['reason'],
    registers,
  })
  return {
    streamOpened: () => streams.inc(),
    streamClosed: () => streams.dec(),
    clientVersion: (version, change) => versions.inc({ client_version: version }, change),
    requestAnswered: (type, confirmation) =>
      requests.inc({ type_url: typeUrls[type], confirmation, error_type: confirmation === 'ACK' ? 'no_error' : 'other' }),
    responseSent(type, size) {
      responses.inc({ type_url: typeUrls[type] })
      bytes.observe({ type_url: typeUrls[type] }, size)
    },
    generated(result, ms, proxy) {
      if (result === 'error') errors.inc()
      else generation.observe({ proxy_type: proxyTypes[proxy] ?? 'dataplane', result }, ms)
    },
    delivered: (ms) => delivery.observe(ms),
    resourceRefused: (type, policy) => rejected.inc({ type_url: typeUrls[type], policy }),
    proxyWithIssues: (change) => withIssues.inc(change),
    streamRefused: (reason) => refused.inc({ reason }),
  }
}

const proxyTypes: Readonly<Record<string, string>> = { Dataplane: 'dataplane', ZoneIngress: 'ingress', ZoneEgress: 'egress' }

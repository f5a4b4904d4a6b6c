import { socketPath } from '../../translate/sockets.js'
import type { Logger } from '../log.js'
import { startAccessLogForwarder } from './access-logs.js'
import { type DnsServer, startDnsServer } from './dns/server.js'
import { systemUpstream } from './dns/upstream.js'
import { followDynamicConfig } from './dynamic-config.js'
import type { EnvoyAdmin } from './envoy-admin.js'
import { MetricsCollector } from './metrics/collector.js'
import { Exporters } from './metrics/exporters.js'
import { readMeshMetricConfig } from './metrics/mesh-metric-config.js'
import type { MetricsSource } from './metrics/scrape.js'
import { startMetricsServer } from './metrics/server.js'

export interface CompanionOptions {
  readonly workDir: string
  readonly mesh: string
  readonly name: string
  /** Of the proxy, where the control plane tells it. */
  readonly address: string | undefined
  readonly admin: EnvoyAdmin | undefined
  readonly metrics: readonly MetricsSource[]
  /** Of kuma-dp's DNS server; absent: it has none. */
  readonly dnsPort?: number
  readonly ipv6?: boolean
  /** How often Envoy is asked whether the control plane has something new for kuma-dp. */
  readonly refreshMs: number
  /** This program's version. */
  readonly version: string
  readonly log: Logger
}

/** Starts what Envoy's configuration relies on beside it. What can't be had is told of; Envoy runs without it. */
export async function startCompanions(options: CompanionOptions): Promise<{ close(): void }> {
  const { workDir, mesh, name, admin, metrics, log, address = '127.0.0.1', refreshMs } = options
  const collector = new MetricsCollector({ admin, sources: metrics, address, log })
  const exporters = new Exporters({ collector, version: options.version, log })
  const dns = await startDns(options)
  const started = await Promise.all([
    startAccessLogForwarder(socketPath.accessLog(workDir, name, mesh), log).catch((error: Error) => {
      log.warn(`access logs for TCP backends will be lost: ${error.message}`)
    }),
    startMetricsServer(socketPath.metrics(workDir, name, mesh), collector).catch((error: Error) => {
      log.warn(`metrics can not be scraped: ${error.message}`)
    }),
    followDynamicConfig(socketPath.dynamicConfig(workDir), {
      handlers: {
        '/meshmetric': (text) => {
          const config = readMeshMetricConfig(text)
          collector.configure(config)
          exporters.configure(config)
        },
        ...(dns && { '/dns': (text: string) => dns.configure(text) }),
      },
      intervalMs: refreshMs,
      log,
    }),
  ])
  return {
    close() {
      for (const companion of [dns, exporters, ...started]) companion?.close()
    },
  }
}

async function startDns({ dnsPort, ipv6, log }: CompanionOptions): Promise<DnsServer | undefined> {
  if (dnsPort === undefined) return undefined
  const hosts = ['127.0.0.1', ...(ipv6 ? ['::1'] : [])]
  return startDnsServer({ hosts, port: dnsPort, upstream: systemUpstream(), log }).catch((error: Error) => {
    log.error({ port: dnsPort }, `host names of the mesh can not be looked up: ${error.message}`)
    return undefined
  })
}

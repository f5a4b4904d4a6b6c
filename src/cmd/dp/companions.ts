import { socketPath } from '../../translate/sockets.js'
import type { Logger } from '../log.js'
import { startAccessLogForwarder } from './access-logs.js'
import { followDynamicConfig } from './dynamic-config.js'
import type { EnvoyAdmin } from './envoy-admin.js'
import { MetricsCollector } from './metrics/collector.js'
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
  /** How often Envoy is asked whether the control plane has something new for kuma-dp. */
  readonly refreshMs: number
  readonly log: Logger
}

/** Starts what Envoy's configuration relies on beside it. What can't be had is told of; Envoy runs without it. */
export async function startCompanions(options: CompanionOptions): Promise<{ close(): void }> {
  const { workDir, mesh, name, admin, metrics, log, address = '127.0.0.1', refreshMs } = options
  const collector = new MetricsCollector({ admin, sources: metrics, address, log })
  const started = await Promise.all([
    startAccessLogForwarder(socketPath.accessLog(workDir, name, mesh), log).catch((error: Error) => {
      log.warn(`access logs for TCP backends will be lost: ${error.message}`)
    }),
    startMetricsServer(socketPath.metrics(workDir, name, mesh), collector).catch((error: Error) => {
      log.warn(`metrics can not be scraped: ${error.message}`)
    }),
    followDynamicConfig(socketPath.dynamicConfig(workDir), {
      handlers: { '/meshmetric': (text) => collector.configure(readMeshMetricConfig(text)) },
      intervalMs: refreshMs,
      log,
    }),
  ])
  return {
    close() {
      for (const companion of started) companion?.close()
    },
  }
}

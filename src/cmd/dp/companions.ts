import { socketPath } from '../../translate/sockets.js'
import type { Logger } from '../log.js'
import { startAccessLogForwarder } from './access-logs.js'
import type { EnvoyAdmin } from './envoy-admin.js'
import { type MetricsSource, startMetricsServer } from './metrics.js'

export interface CompanionOptions {
  readonly workDir: string
  readonly mesh: string
  readonly name: string
  readonly admin: EnvoyAdmin | undefined
  readonly metrics: readonly MetricsSource[]
  readonly log: Logger
}

/** Starts what Envoy's configuration relies on beside it. What can't be had is told of; Envoy runs without it. */
export async function startCompanions({ workDir, mesh, name, admin, metrics, log }: CompanionOptions): Promise<{ close(): void }> {
  const started = await Promise.all([
    startAccessLogForwarder(socketPath.accessLog(workDir, name, mesh), log).catch((error: Error) => {
      log.warn(`access logs for TCP backends will be lost: ${error.message}`)
    }),
    startMetricsServer(socketPath.metrics(workDir, name, mesh), { admin, sources: metrics, log }).catch((error: Error) => {
      log.warn(`metrics can not be scraped: ${error.message}`)
    }),
  ])
  return {
    close() {
      for (const companion of started) companion?.close()
    },
  }
}

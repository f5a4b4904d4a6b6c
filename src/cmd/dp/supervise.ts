import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BootstrapRequest } from '../../translate/bootstrap.js'
import { CliFailure } from '../failure.js'
import type { FetchedBootstrap } from './bootstrap-client.js'
import { startCompanions } from './companions.js'
import { drain } from './drain.js'
import { type EnvoyAdmin, adminAddressIn, envoyAdmin } from './envoy-admin.js'
import { type EnvoyProcess, type ExitStatus, envoyArguments, startEnvoy } from './envoy-process.js'
import type { ReadinessReporter } from './readiness.js'
import type { RunContext } from './run.js'
import type { RunSettings } from './settings.js'
import type { StopRequests } from './signals.js'

export interface Supervision {
  readonly settings: RunSettings
  readonly context: RunContext
  /** Envoy's program. */
  readonly path: string
  readonly workDir: string
  readonly request: BootstrapRequest
  readonly fetched: FetchedBootstrap
  readonly stops: StopRequests
  readonly readiness: ReadinessReporter | undefined
}

/**
 * Runs Envoy from its configuration to its end, and what it needs beside it.
 * @returns its exit status
 * @throws CliFailure where it can't be started
 */
export async function supervise(supervision: Supervision): Promise<ExitStatus> {
  const { settings, context, path, workDir, request, fetched, stops, readiness } = supervision
  const { log } = context
  const configFile = join(workDir, 'bootstrap.yaml')
  writeFileSync(configFile, fetched.bootstrap, { mode: 0o600 })
  const address = adminAddressIn(fetched.bootstrap)
  const admin = address && envoyAdmin(address)
  const companions = await startCompanions({
    ...{ workDir, admin, log, version: context.version, mesh: request.mesh, name: request.name },
    ...{ dnsPort: settings.dnsPort, ipv6: request.ipv6Enabled },
    ...{ address: fetched.address, metrics: fetched.metrics, refreshMs: settings.dynamicConfigRefreshMs },
  })
  const ended = new AbortController()
  try {
    const args = envoyArguments(configFile, settings, settings.envoyLogLevel ?? context.logLevel)
    log.info({ path, admin: address, configFile }, 'starting Envoy')
    const envoy = startEnvoy(path, args)
    if (admin) readiness?.follow(admin)
    void stops.requested.then((signal) => (ended.signal.aborted ? undefined : end(envoy, admin, signal, supervision, ended.signal)))
    stops.onUser2(() => {
      log.info('draining Envoy, which goes on running')
      admin?.post('/drain_listeners?inboundonly&graceful&skip_exit').catch((error: Error) => log.warn(notDrained(error)))
    })
    const status = await envoy.exited
    log[status === 0 ? 'info' : 'error']({ status }, 'Envoy ended')
    return status
  } catch (error) {
    throw new CliFailure(`${path} can't be started: ${(error as Error).message}`)
  } finally {
    ended.abort()
    companions.close()
  }
}

async function end(
  envoy: EnvoyProcess,
  admin: EnvoyAdmin | undefined,
  stopSignal: NodeJS.Signals,
  { settings: { drainTimeMs }, context: { log }, stops, readiness }: Supervision,
  ended: AbortSignal,
): Promise<void> {
  readiness?.terminate()
  log.info({ signal: stopSignal, drainTimeMs }, 'draining Envoy, another signal ends it at once')
  const options = { drainTimeMs, untilIdle: stopSignal === 'SIGINT', signal: AbortSignal.any([stops.second, ended]) }
  if (admin) await drain(admin, options).catch((error: Error) => log.warn(notDrained(error)))
  else log.warn('Envoy has no admin interface: its connections are not drained')
  envoy.stop()
}

const notDrained = (error: Error) => `Envoy could not be drained: ${error.message}`

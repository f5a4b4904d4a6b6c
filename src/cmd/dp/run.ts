import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliFailure } from '../failure.js'
import type { Logger } from '../log.js'
import { bootstrapRequest, readCa } from './bootstrap-request.js'
import { fetchBootstrap } from './bootstrap-client.js'
import type { ExitStatus } from './envoy-process.js'
import { findEnvoy } from './find-envoy.js'
import { type ProbeProxy, startProbeProxy } from './probe-proxy/server.js'
import { probeTarget } from './probe-proxy/target.js'
import { type ReadinessReporter, startReadinessReporter } from './readiness.js'
import { readProxyResource } from './resource.js'
import type { Environment, RunSettings } from './settings.js'
import { watchSignals } from './signals.js'
import { supervise } from './supervise.js'

export interface RunContext {
  readonly env: Environment
  readonly log: Logger
  /** Envoy's log level, unless the settings have one. */
  readonly logLevel: string
  /** This program's version. */
  readonly version: string
  readonly readStdin: () => Promise<string>
}

/**
 * Fetches the bootstrap configuration, runs Envoy with it and drains it before it ends.
 * @returns Envoy's exit status
 * @throws CliFailure
 */
export async function run(settings: RunSettings, context: RunContext): Promise<ExitStatus> {
  const { log } = context
  const lookup = findEnvoy({ binaryPath: settings.binaryPath, env: context.env })
  if (!lookup.found) throw new CliFailure(lookup.message)
  const resource = await readProxyResource(settings, context.readStdin)
  for (const { level, path, message } of resource?.issues ?? []) log.warn({ path }, `${level}: ${message}`)
  const workDir = openWorkDir(settings.workDir)
  const stops = watchSignals(log)
  let readiness: ReadinessReporter | undefined
  let probes: ProbeProxy | undefined
  try {
    probes = await startProbes(settings, log)
    readiness = await startReadiness(settings, log)
    const request = await bootstrapRequest(settings, context, {
      envoy: lookup.path,
      workDir: workDir.path,
      resource,
      readinessPort: readiness?.port,
    })
    log.info(
      { controlPlane: settings.bootstrapUrl.origin, proxy: `${request.mesh}.${request.name}` },
      'fetching the bootstrap configuration',
    )
    if (settings.skipVerify && settings.bootstrapUrl.protocol === 'https:')
      log.warn("the control plane's certificate is not verified (--skip-verify): whoever answers in its place gets this proxy's token")
    const fetched = await fetchBootstrap(request, {
      url: settings.bootstrapUrl,
      ca: readCa(settings),
      skipVerify: settings.skipVerify,
      retryBackoffMs: settings.retryBackoffMs,
      retryMaxMs: settings.retryMaxMs,
      signal: stops.first,
      onRetry: (reason) => log.warn(`no bootstrap configuration yet, asking again in ${settings.retryBackoffMs} ms: ${reason}`),
    })
    return await supervise({ settings, context, path: lookup.path, workDir: workDir.path, request, fetched, stops, readiness })
  } catch (error) {
    if (stops.first.aborted) return 0
    throw error
  } finally {
    stops.unwatch()
    readiness?.close()
    probes?.close()
    workDir.remove()
  }
}

/** The port of today's Kuma, or any other where it is taken: on one machine there may be many proxies. */
async function startReadiness({ readinessPort: { port, told } }: RunSettings, log: Logger): Promise<ReadinessReporter> {
  const host = '127.0.0.1'
  try {
    return await startReadinessReporter({ host, port })
  } catch (error) {
    if (told) throw new CliFailure(`the readiness port ${port} can't be listened on: ${(error as Error).message}`)
    const reporter = await startReadinessReporter({ host, port: 0 })
    log.info({ port: reporter.port }, `readiness is reported on another port, since ${port} is taken`)
    return reporter
  }
}

/** In a Pod alone: its probes come here. */
async function startProbes({ probeProxyPort, instanceIp }: RunSettings, log: Logger): Promise<ProbeProxy | undefined> {
  if (probeProxyPort === undefined) return undefined
  const target = probeTarget(instanceIp ?? '127.0.0.1', instanceIp !== undefined)
  return startProbeProxy({ port: probeProxyPort, target, log }).catch((error: Error) => {
    throw new CliFailure(
      `the application probe proxy can't listen on port ${probeProxyPort} (KUMA_APPLICATION_PROBE_PROXY_PORT): ${error.message}`,
    )
  })
}

/** Others may pass through the folder to reach the sockets in it, but not look into it. */
function openWorkDir(told: string | undefined): { readonly path: string; remove(): void } {
  if (told !== undefined) {
    mkdirSync(told, { recursive: true, mode: 0o711 })
    return { path: told, remove: () => {} }
  }
  const path = mkdtempSync(join(tmpdir(), 'kuma-dp-'))
  chmodSync(path, 0o711)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BootstrapRequest } from '../../translate/bootstrap.js'
import { CliFailure } from '../failure.js'
import type { Logger } from '../log.js'
import { freePort } from './admin-port.js'
import { fetchBootstrap } from './bootstrap-client.js'
import { drain } from './drain.js'
import { adminAddressIn, envoyAdmin } from './envoy-admin.js'
import { type ExitStatus, envoyArguments, startEnvoy } from './envoy-process.js'
import { envoyVersion, isCompatible } from './envoy-version.js'
import { findEnvoy } from './find-envoy.js'
import { hasIPv6, memoryLimit, systemCaPath } from './machine.js'
import { type ReadinessReporter, startReadinessReporter } from './readiness.js'
import { type ProxyResourceText, readProxyResource } from './resource.js'
import type { Environment, RunSettings } from './settings.js'
import { type StopRequests, watchSignals } from './signals.js'
import { type ProxyToken, readToken } from './token.js'

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
  try {
    readiness = await startReadiness(settings, log)
    const request = await bootstrapRequest(settings, context, {
      envoy: lookup.path,
      workDir: workDir.path,
      resource,
      readinessPort: readiness?.port,
    })
    log.info({ controlPlane: settings.bootstrapUrl.origin, mesh: request.mesh, name: request.name }, 'fetching the bootstrap configuration')
    const { bootstrap } = await fetchBootstrap(request, {
      url: settings.bootstrapUrl,
      ca: readCa(settings),
      skipVerify: settings.skipVerify,
      retryBackoffMs: settings.retryBackoffMs,
      retryMaxMs: settings.retryMaxMs,
      signal: stops.first,
      onRetry: (reason) => log.warn(`no bootstrap configuration yet, asking again in ${settings.retryBackoffMs} ms: ${reason}`),
    })
    return await runEnvoy(bootstrap, { settings, context, path: lookup.path, workDir: workDir.path, stops, readiness })
  } catch (error) {
    if (stops.first.aborted) return 0
    throw error
  } finally {
    stops.unwatch()
    readiness?.close()
    workDir.remove()
  }
}

interface Running {
  readonly settings: RunSettings
  readonly context: RunContext
  readonly path: string
  readonly workDir: string
  readonly stops: StopRequests
  readonly readiness: ReadinessReporter | undefined
}

async function runEnvoy(bootstrap: string, { settings, context, path, workDir, stops, readiness }: Running): Promise<ExitStatus> {
  const { log } = context
  const configFile = join(workDir, 'bootstrap.yaml')
  writeFileSync(configFile, bootstrap, { mode: 0o600 })
  const address = adminAddressIn(bootstrap)
  const admin = address && envoyAdmin(address)
  const args = envoyArguments(configFile, settings, settings.envoyLogLevel ?? context.logLevel)
  log.info({ path, admin: address, configFile }, 'starting Envoy')
  const envoy = startEnvoy(path, args)
  if (admin) readiness?.follow(admin)
  const ended = new AbortController()
  void stops.requested.then(async (signal) => {
    if (ended.signal.aborted) return
    readiness?.terminate()
    log.info({ signal, drainTimeMs: settings.drainTimeMs }, 'draining Envoy, another signal ends it at once')
    const options = {
      drainTimeMs: settings.drainTimeMs,
      untilIdle: signal === 'SIGINT',
      signal: AbortSignal.any([stops.second, ended.signal]),
    }
    if (admin) await drain(admin, options).catch((error: Error) => log.warn(`Envoy could not be drained: ${error.message}`))
    else log.warn('Envoy has no admin interface: its connections are not drained')
    envoy.stop()
  })
  stops.onUser2(() => {
    log.info('draining Envoy, which goes on running')
    admin
      ?.post('/drain_listeners?inboundonly&graceful&skip_exit')
      .catch((error: Error) => log.warn(`Envoy could not be drained: ${error.message}`))
  })
  try {
    const status = await envoy.exited
    log[status === 0 ? 'info' : 'error']({ status }, 'Envoy ended')
    return status
  } catch (error) {
    throw new CliFailure(`${path} can't be started: ${(error as Error).message}`)
  } finally {
    ended.abort()
  }
}

async function bootstrapRequest(
  settings: RunSettings,
  context: RunContext,
  given: { envoy: string; workDir: string; resource: ProxyResourceText | undefined; readinessPort: number | undefined },
): Promise<BootstrapRequest> {
  const version = await envoyVersion(given.envoy)
  if (!isCompatible(version)) context.log.warn({ version: version.version }, 'this Envoy is older than the configuration that it will get')
  const token: ProxyToken | undefined = readToken(settings, given.workDir)
  const maxHeapSizeBytes = settings.maxMemoryBytes || memoryLimit()
  return {
    mesh: given.resource?.mesh ?? settings.mesh ?? '',
    name: given.resource?.name ?? settings.name ?? '',
    proxyType: settings.proxyType,
    dataplaneToken: token?.token,
    dataplaneTokenPath: token?.path,
    dataplaneResource: given.resource?.text,
    caCert: readCa(settings),
    version: {
      kumaDp: { version: context.version, gitTag: '', gitCommit: '', buildDate: '' },
      envoy: { version: version.version, build: version.build, kumaDpCompatible: isCompatible(version) },
    },
    dynamicMetadata: settings.hostIp ? { HOST_IP: settings.hostIp } : {},
    adminPort: settings.adminPorts && (await freePort(settings.adminPorts)),
    readinessPort: given.readinessPort,
    operatingSystem: process.platform === 'win32' ? 'windows' : process.platform,
    features: settings.features,
    resources: maxHeapSizeBytes ? { maxHeapSizeBytes } : {},
    workdir: given.workDir,
    metricsResources: settings.metrics,
    systemCaPath: settings.systemCaPath ?? systemCaPath(),
    ipv6Enabled: settings.ipv6Enabled && hasIPv6(),
    spireResources: { socketPath: settings.spireSocketPath },
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

function readCa({ caCert, caCertFile }: RunSettings): string | undefined {
  if (caCert !== undefined || caCertFile === undefined) return caCert
  try {
    return readFileSync(caCertFile, 'utf8')
  } catch (error) {
    throw new CliFailure(`the CA certificate can't be read: ${(error as Error).message}`)
  }
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

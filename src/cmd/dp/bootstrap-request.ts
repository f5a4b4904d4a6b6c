import { readFileSync } from 'node:fs'
import type { BootstrapRequest } from '../../translate/bootstrap.js'
import { CliFailure } from '../failure.js'
import { freePort } from './admin-port.js'
import { envoyVersion, isCompatible } from './envoy-version.js'
import { hasIPv6, memoryLimit, systemCaPath } from './machine.js'
import type { ProxyResourceText } from './resource.js'
import type { RunContext } from './run.js'
import type { RunSettings } from './settings.js'
import { readToken } from './token.js'

/** What the control plane is told of the proxy. @throws CliFailure */
export async function bootstrapRequest(
  settings: RunSettings,
  context: RunContext,
  given: { envoy: string; workDir: string; resource: ProxyResourceText | undefined; readinessPort: number | undefined },
): Promise<BootstrapRequest> {
  const version = await envoyVersion(given.envoy)
  if (!isCompatible(version)) context.log.warn({ version: version.version }, 'this Envoy is older than the configuration that it will get')
  const token = readToken(settings, given.workDir)
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
    dnsPort: settings.dnsPort,
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

/** The CA by which the control plane is known, if one is told. @throws CliFailure */
export function readCa({ caCert, caCertFile }: RunSettings): string | undefined {
  if (caCert !== undefined || caCertFile === undefined) return caCert
  try {
    return readFileSync(caCertFile, 'utf8')
  } catch (error) {
    throw new CliFailure(`the CA certificate can't be read: ${(error as Error).message}`)
  }
}

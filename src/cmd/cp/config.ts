import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'
import { defaultApiLimits } from '../../server/api/limits.js'
import { accessSettings, apiAuthenticationSettings, clientCertificateSettings, validatorSettings } from './access-settings.js'
import { injectorVariables } from './injector-settings.js'
import { kubernetesSettings } from './kubernetes-settings.js'
import { duration, flag, list, port, positive, section, text } from './setting.js'
import { storeSettings } from './store-settings.js'

/** A setting that is wrong: one line that names it, what was found and what is allowed. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault'
}

/**
 * The settings of kuma-cp, named as Kuma names them: in the file by path (`apiServer.http.port`), in the environment by the
 * same words (`KUMA_API_SERVER_HTTP_PORT`).
 */
const schema = () =>
  z.object({
    mode: z.enum(['zone', 'standalone']).default('zone'),
    environment: z.enum(['universal', 'kubernetes']).default('universal'),
    general: section({ workDir: text(), tlsCertFile: text(), tlsKeyFile: text() }),
    store: storeSettings(),
    multizone: section({ zone: section({ name: text('default') }) }),
    defaults: section({ skipMeshCreation: flag(false), skipHostnameGenerators: flag(false) }),
    runtime: section({
      universal: section({ dataplaneCleanupAge: duration('72h'), zoneResourceCleanupAge: duration('72h') }),
      kubernetes: kubernetesSettings(),
    }),
    experimental: section({ sidecarContainers: flag(true), deltaXds: flag(false), inboundTagsDisabled: flag(false) }),
    dataSources: section({ allowedFolders: list(), allowedVariables: list() }),
    identities: section({ rotationStep: duration('10s'), backendChange: flag(false) }),
    meshService: section({ deletionGracePeriod: duration('1h') }),
    apiServer: section({
      http: section({ enabled: flag(true), interface: text('127.0.0.1'), port: port(5681) }),
      https: section({
        enabled: flag(true),
        interface: text('127.0.0.1'),
        port: port(5682),
        tlsCertFile: text(),
        tlsKeyFile: text(),
        tlsCaFile: text(),
      }),
      readOnly: flag(false),
      corsAllowedDomains: list(),
      allowedHosts: list(),
      auth: clientCertificateSettings(),
      authn: apiAuthenticationSettings(),
      limits: section({
        bodyBytes: positive(defaultApiLimits.bodyBytes),
        headerBytes: positive(defaultApiLimits.headerBytes),
        headersMs: positive(defaultApiLimits.headersMs),
        requestMs: positive(defaultApiLimits.requestMs),
        requestsPerSecond: positive(defaultApiLimits.requestsPerSecond),
        connections: positive(defaultApiLimits.connections),
      }),
    }),
    access: accessSettings(),
    policies: section({ rawEnvoyConfiguration: flag(true) }),
    dpServer: section({
      drainTime: duration('5s'),
      interface: text('127.0.0.1'),
      port: port(5678),
      tlsCertFile: text(),
      tlsKeyFile: text(),
      hds: section({ enabled: flag(true), interval: duration('5s') }),
      authn: section({
        dpProxy: section({
          type: z.enum(['auto', 'none', 'dpToken', 'serviceAccountToken']).default('auto'),
          dpToken: section({ enableIssuer: flag(true), validator: validatorSettings() }),
        }),
        zoneProxy: section({ zoneToken: section({ enableIssuer: flag(true), validator: validatorSettings() }) }),
      }),
    }),
    monitoringAssignmentServer: section({ interface: text('127.0.0.1'), port: port(5676) }),
    diagnostics: section({
      interface: text('127.0.0.1'),
      serverPort: port(5680),
      debugEndpoints: flag(false),
    }),
    bootstrapServer: section({ params: section({ adminPort: port(9901), adminAddress: text('127.0.0.1') }) }),
    logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'off']).default('info'),
  })

export type KumaCpConfig = z.infer<ReturnType<typeof schema>>

export type Environment = Readonly<Record<string, string | undefined>>

/** Settings of the file, then of the environment over them. @throws ConfigFault */
export function loadKumaCpConfig(file: string | undefined, environment: Environment): KumaCpConfig {
  const shape = schema()
  const settings = readFile(file)
  for (const path of settingPaths(shape)) {
    const value = environment[environmentName(path)]
    if (value !== undefined) assign(settings, path, value)
  }
  const result = shape.safeParse(settings)
  if (result.success) return withStoreOfEnvironment(result.data, settings)
  const [issue] = result.error.issues
  const path = (issue?.path ?? []).map(String)
  const found = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], settings)
  throw new ConfigFault(`${path.join('.')} (${environmentName(path)}): ${JSON.stringify(found)} is not allowed: ${issue?.message ?? ''}`)
}

/** In a cluster resources are kept in the cluster, and nowhere else. @throws ConfigFault */
function withStoreOfEnvironment(config: KumaCpConfig, { store: said }: Readonly<Record<string, unknown>>): KumaCpConfig {
  const { environment, store } = config
  const inCluster = environment === 'kubernetes'
  const isSaid = (said as { readonly type?: unknown } | undefined)?.type !== undefined
  if (inCluster && !isSaid) return { ...config, store: { ...store, type: 'kubernetes' } }
  if (inCluster === (store.type === 'kubernetes')) return config
  const allowed = inCluster ? 'only "kubernetes" is allowed' : '"kubernetes" is not allowed'
  throw new ConfigFault(
    `store.type (KUMA_STORE_TYPE): "${store.type}": ${allowed} where environment (KUMA_ENVIRONMENT) is "${environment}"`,
  )
}

/** Paths of all settings there are. */
export const knownSettings = (): readonly (readonly string[])[] => settingPaths(schema())

/** What a file of settings says, as it is. @throws ConfigFault */
export function readFile(file: string | undefined): Record<string, unknown> {
  if (!file) return {}
  try {
    const value: unknown = parse(readFileSync(file, 'utf8')) ?? {}
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
    throw new ConfigFault(`${file}: expected a map of settings`)
  } catch (error) {
    if (error instanceof ConfigFault) throw error
    throw new ConfigFault(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The settings as they may be shown: without what is secret. */
export function shownConfig(config: KumaCpConfig): KumaCpConfig {
  const { store } = config
  return { ...config, store: { ...store, postgres: { ...store.postgres, password: '*****' } } }
}

/** Where Kuma's variable is not called as the setting is. */
const otherNames: Readonly<Record<string, string>> = {
  'access.static.viewConfigDump.users': 'KUMA_ACCESS_STATIC_GET_CONFIG_DUMP_USERS',
  'access.static.viewConfigDump.groups': 'KUMA_ACCESS_STATIC_GET_CONFIG_DUMP_GROUPS',
  ...injectorVariables,
  'store.postgres.tolerateNewerDBVersions': 'KUMA_STORE_POSTGRES_TOLERATE_NEWER_DB_VERSIONS',
}

/** `apiServer.http.port` -> `KUMA_API_SERVER_HTTP_PORT`. */
export function environmentName(path: readonly string[]): string {
  const other = otherNames[path.join('.')]
  if (other !== undefined) return other
  return ['KUMA', ...path.map((word) => word.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase())].join('_')
}

/** Paths of all settings that are not sections. */
function settingPaths(type: z.ZodType, path: readonly string[] = []): (readonly string[])[] {
  let inner: unknown = type
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) inner = inner.def.innerType
  if (!(inner instanceof z.ZodObject)) return [path]
  return Object.entries(inner.shape).flatMap(([name, child]) => settingPaths(child as z.ZodType, [...path, name]))
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path
  if (name === undefined) return
  if (rest.length === 0) {
    target[name] = value
    return
  }
  const known = target[name]
  const child = typeof known === 'object' && known !== null && !Array.isArray(known) ? (known as Record<string, unknown>) : {}
  target[name] = child
  assign(child, rest, value)
}

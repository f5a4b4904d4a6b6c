import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** An Envoy that runs until it is stopped. */
export interface RunningEnvoy {
  /** Text of a page of its admin interface. */
  admin(path: string): Promise<string>
  /** Where its files are; gone when it has stopped. */
  readonly folder: string
  stop(): Promise<void>
}

/**
 * Starts Envoy with a bootstrap, without its admin interface, and waits until it serves.
 * @param bootstrap or what makes it of the folder; asked after `write`
 * @param write files that the bootstrap names, put into the folder before Envoy starts
 * @throws Error with what Envoy said when it ends before that
 */
export async function startEnvoy(
  envoy: string,
  bootstrap: object | ((folder: string) => object),
  write: (folder: string) => Promise<void> = async () => {},
  { drainSeconds = 1 }: { readonly drainSeconds?: number } = {},
): Promise<RunningEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), 'kuma-envoy-'))
  const file = join(folder, 'bootstrap.json')
  const addressFile = join(folder, 'admin')
  const admin = { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } }
  await write(folder)
  await writeFile(file, JSON.stringify({ admin, ...(typeof bootstrap === 'function' ? bootstrap(folder) : bootstrap) }))
  const args = ['--config-path', file, '--admin-address-path', addressFile, '--log-level', 'error', '--concurrency', '2']
  const child = spawn(envoy, [...args, '--disable-hot-restart', '--drain-time-s', String(drainSeconds)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-5000)))
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const address = await serving(child, addressFile, () => said)
    return { folder, stop, admin: (path) => fetch(`http://${address}${path}`).then((response) => response.text()) }
  } catch (error) {
    await stop()
    throw error
  }
}

const patienceMs = 60_000

async function serving(child: ChildProcess, addressFile: string, said: () => string): Promise<string> {
  const end = Date.now() + patienceMs
  while (Date.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Envoy ended: ${said()}`)
    const address = await readFile(addressFile, 'utf8').catch(() => '')
    const ready =
      address !== '' &&
      (await fetch(`http://${address}/ready`)
        .then((response) => response.ok)
        .catch(() => false))
    if (ready) return address
    await sleep(50)
  }
  throw new Error(`Envoy is not ready: ${said()}`)
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

/** Starts a program of this folder in a process of its own. */
export function start(program: string, ...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL(`${program}.ts`, import.meta.url))
  return spawn(process.execPath, ['--import', 'tsx', file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Ends it as a power cut would, as far as a process can tell. */
export async function kill(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
  child.kill('SIGKILL')
  await ended
}

/** A folder for each test, gone afterwards. */
export function scratch(): () => Promise<string> {
  const folders: string[] = []
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
  })
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kuma-store-'))
    folders.push(folder)
    return folder
  }
}

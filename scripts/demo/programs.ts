import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const built = fileURLToPath(new URL('../../dist/cmd/', import.meta.url))

export type ProgramName = 'kuma-cp' | 'kuma-dp' | 'kumactl'

/** A program of this package that runs beside the demo; what it says goes into a file. */
export interface Running {
  readonly log: string
  /** Its exit status, once it has ended. */
  readonly ended: Promise<number>
  stop(): Promise<number>
}

const children = new Set<ChildProcess>()

/** Starts one of the package's programs. */
export function start(program: ProgramName, args: readonly string[], env: Readonly<Record<string, string>>, log: string): Running {
  const child = spawn(process.execPath, [join(built, `${program}.js`), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const file = createWriteStream(log)
  child.stdout?.pipe(file, { end: false })
  child.stderr?.pipe(file, { end: false })
  const ended = new Promise<number>((resolve) => {
    child.once('close', (status) => {
      children.delete(child)
      file.end(() => resolve(status ?? 1))
    })
  })
  return {
    log,
    ended,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Runs one of the package's programs to its end. */
export async function run(program: ProgramName, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(built, `${program}.js`), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const status = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${err.trim() || out.trim()}`)
  return out
}

/** No program outlives the demo. */
export function stopAll(): void {
  for (const child of children) child.kill('SIGTERM')
}

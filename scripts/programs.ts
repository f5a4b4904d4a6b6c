import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type ProgramName = 'kuma-cp' | 'kuma-dp' | 'kumactl'
type Environment = Readonly<Record<string, string>>

const pathOf = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url))

/** A program that runs beside its starter; what it says goes into a file. */
export interface Running {
  readonly pid: number
  /** Its exit status, once it has ended; 128 and the signal's number where one ended it. */
  readonly ended: Promise<number>
  /** What it has said so far. */
  said(): string
  stop(signal?: NodeJS.Signals): Promise<number>
}

/** Starts programs of this package as they were built, and stops those that still run. */
export class Programs {
  private readonly children = new Set<ChildProcess>()

  /** @param log file for all that it says */
  start(program: ProgramName, args: readonly string[], env: Environment, log: string): Running {
    const child = this.spawn(program, args, env)
    const file = createWriteStream(log)
    child.stdin?.end()
    child.stdout?.pipe(file, { end: false })
    child.stderr?.pipe(file, { end: false })
    const ended = new Promise<number>((resolve) => child.once('close', (status) => file.end(() => resolve(status ?? 128))))
    return {
      pid: child.pid ?? 0,
      ended,
      said: () => readFileSync(log, 'utf8'),
      stop(signal = 'SIGTERM') {
        child.kill(signal)
        return ended
      },
    }
  }

  /** Runs a program to its end. @throws Error with what it said, where it fails */
  async run(
    program: ProgramName,
    args: readonly string[],
    { input = '', env = {} }: { input?: string; env?: Environment } = {},
  ): Promise<string> {
    const child = this.spawn(program, args, env)
    let out = ''
    let err = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.stdin?.end(input)
    const status = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${err.trim() || out.trim()}`)
    return out
  }

  stopAll(): void {
    for (const child of this.children) child.kill('SIGTERM')
  }

  private spawn(program: ProgramName, args: readonly string[], env: Environment): ChildProcess {
    const child = spawn(process.execPath, [pathOf(`dist/cmd/${program}.js`), ...args], { env: { ...process.env, ...env }, stdio: 'pipe' })
    this.children.add(child)
    child.once('close', () => this.children.delete(child))
    return child
  }
}

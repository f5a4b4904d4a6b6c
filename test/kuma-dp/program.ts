import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** A running kuma-dp, with all that it and its Envoy said so far. */
export interface RunningDp {
  readonly child: ChildProcess
  output(): string
  /** Resolves as soon as the output matches; rejects when the program ends before. */
  said(pattern: RegExp): Promise<void>
  /** Its exit status. */
  readonly ended: Promise<number | null>
}

export function startKumaDp(args: readonly string[], env: Readonly<Record<string, string>>): RunningDp {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['--import', tsx, join(root, 'src/cmd/kuma-dp.ts'), ...args], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      output += data.toString()
      for (const check of waiting) check()
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    ended,
    output: () => output,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!pattern.test(output)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        void ended.then((code) => {
          if (waiting.delete(check)) reject(new Error(`kuma-dp ended with ${code} before it said ${pattern}:\n${output}`))
        })
        check()
      }),
  }
}

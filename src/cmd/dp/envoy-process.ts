import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { RunSettings } from './settings.js'

/** How Envoy ended, as a shell would say it: its status, or 128 and the number of the signal. */
export type ExitStatus = number

export interface EnvoyProcess {
  readonly pid: number | undefined
  /** Rejects when the program can't be started. */
  readonly exited: Promise<ExitStatus>
  /** Asks Envoy to end, and after five seconds makes it. */
  stop(): void
  kill(signal: NodeJS.Signals): void
}

const patienceMs = 5000

/** Envoy's arguments, as Kuma starts it. */
export function envoyArguments(
  configFile: string,
  settings: Pick<RunSettings, 'drainTimeMs' | 'concurrency' | 'envoyComponentLogLevel'>,
  logLevel: string,
): string[] {
  const { drainTimeMs, concurrency, envoyComponentLogLevel } = settings
  return [
    ...['--config-path', configFile],
    ...['--drain-time-s', String(Math.max(1, Math.round(drainTimeMs / 1000)))],
    ...['--drain-strategy', 'immediate'],
    // Several Envoys on one machine would need numbers to tell their shared memory apart.
    '--disable-hot-restart',
    ...['--log-level', logLevel],
    ...(envoyComponentLogLevel ? ['--component-log-level', envoyComponentLogLevel] : []),
    ...(concurrency ? ['--concurrency', String(concurrency)] : process.platform === 'linux' ? ['--cpuset-threads'] : []),
  ]
}

/** Starts Envoy as a child, its output beside this program's own. */
export function startEnvoy(path: string, args: readonly string[]): EnvoyProcess {
  // In a group of its own: a terminal's Ctrl-C would end Envoy before it is drained.
  const child = spawn(path, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  const onExit = () => void child.kill('SIGKILL')
  process.once('exit', onExit)
  let patience: NodeJS.Timeout | undefined
  const exited = new Promise<ExitStatus>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(patience)
      process.off('exit', onExit)
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
  return {
    pid: child.pid,
    exited,
    kill: (signal) => void child.kill(signal),
    stop() {
      child.kill('SIGTERM')
      patience ??= setTimeout(() => child.kill('SIGKILL'), patienceMs)
    },
  }
}

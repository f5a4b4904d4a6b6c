import type { Logger } from '../log.js'

/** What the process is told by signals. */
export interface StopRequests {
  /** The first signal to stop. */
  readonly requested: Promise<NodeJS.Signals>
  /** Aborted by the first. */
  readonly first: AbortSignal
  /** Aborted by the second: whoever waits should no longer. */
  readonly second: AbortSignal
  /** SIGUSR2: to drain, and go on running. */
  onUser2(callback: () => void): void
  unwatch(): void
}

const stopSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Keeps signals from ending the process, and tells of them instead. */
export function watchSignals(log: Logger): StopRequests {
  const first = new AbortController()
  const second = new AbortController()
  const user2 = new Set<() => void>()
  let resolve: (signal: NodeJS.Signals) => void
  const requested = new Promise<NodeJS.Signals>((done) => {
    resolve = done
  })
  const onStop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'asked to stop')
    if (first.signal.aborted) second.abort()
    first.abort()
    resolve(signal)
  }
  const onUser2 = () => {
    for (const callback of user2) callback()
  }
  for (const signal of stopSignals) process.on(signal, onStop)
  process.on('SIGUSR2', onUser2)
  return {
    requested,
    first: first.signal,
    second: second.signal,
    onUser2: (callback) => void user2.add(callback),
    unwatch() {
      for (const signal of stopSignals) process.off(signal, onStop)
      process.off('SIGUSR2', onUser2)
    },
  }
}

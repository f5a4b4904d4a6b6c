import { callAt } from '../identity/timer.js'

export interface RunsOptions {
  /** @returns whether it has to be done once more, and when though nobody asks for it (milliseconds since 1970) */
  run(): Promise<{ readonly again: boolean; readonly wakeAt?: number }>
  clock(): Date
}

/** Something that is done whenever it is asked for, once at a time, for all who ask meanwhile. */
export interface Runs {
  ask(): void
  /** Runs no more, and waits for the one that runs. */
  stop(): Promise<void>
}

const firstRetryMs = 50
const lastRetryMs = 60_000
/** A run rests this many times as long as it took: what changes all the time must not keep everything else from running. */
const rest = 4

export function createRuns({ run, clock }: RunsOptions): Runs {
  let asked = false
  let running: Promise<void> | undefined
  let timer: { cancel(): void } | undefined
  let restUntil = 0
  let failures = 0
  let stopped = false

  function schedule(ms: number): void {
    if (running || stopped) return
    timer?.cancel()
    const handle = setTimeout(begin, Math.max(ms, restUntil - performance.now())).unref()
    timer = { cancel: () => clearTimeout(handle) }
  }

  function begin(): void {
    asked = false
    running = once().then((next) => {
      running = undefined
      if (next.retryMs !== undefined) schedule(next.retryMs)
      else if (asked) schedule(0)
      else if (next.wakeAt !== undefined && !stopped) timer = callAt(next.wakeAt, clock, () => schedule(0))
    })
  }

  async function once(): Promise<{ readonly retryMs?: number; readonly wakeAt?: number }> {
    const start = performance.now()
    const { again, wakeAt } = await run()
    const end = performance.now()
    restUntil = end + (end - start) * rest
    failures = again ? failures + 1 : 0
    return { ...(again && { retryMs: Math.min(firstRetryMs * 2 ** failures, lastRetryMs) }), ...(wakeAt !== undefined && { wakeAt }) }
  }

  return {
    ask() {
      asked = true
      schedule(0)
    },
    async stop() {
      stopped = true
      timer?.cancel()
      await running
    },
  }
}

/** What benchmarks have in common: processor time, medians and how they are printed. */

export interface Figures {
  /** Milliseconds of processor time, sorted. */
  readonly times: readonly number[]
}

/** Processor time of this process, in milliseconds: what else the machine does hardly counts. */
function cpuMs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** Runs a few times; `prepare` is not measured. */
export function measure<T>(runs: number, prepare: (run: number) => T, work: (input: T) => void): Figures {
  const times = Array.from({ length: runs }, (_, run) => {
    const input = prepare(run)
    const start = process.cpuUsage()
    work(input)
    return cpuMs(start)
  })
  return { times: times.sort((a, b) => a - b) }
}

/**
 * Runs each time in a turn of its own of the event loop, as changes come to a control plane: what was only needed until then is
 * let go of between them. Times on the clock.
 */
export async function measureTurns<T>(runs: number, prepare: (run: number) => T, work: (input: T) => void): Promise<Figures> {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const input = prepare(run)
    const start = performance.now()
    work(input)
    times.push(performance.now() - start)
    await new Promise((turn) => setImmediate(turn))
  }
  return { times: times.sort((a, b) => a - b) }
}

export function quantile({ times }: Figures, q: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0
}

export const median = (figures: Figures): number => quantile(figures, 0.5)

/** One line: what, milliseconds, and what else there is to say of it. */
export function line(what: string, ms: number, ...notes: readonly string[]): void {
  console.log(`${what.padEnd(70)} ${ms.toFixed(3).padStart(10)} ms   ${notes.join(', ')}`)
}

export const times = (a: number, b: number): string => `${(a / b).toFixed(1)} x`

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`
}

export function residentMemory(): string {
  return `RSS ${megabytes(process.memoryUsage().rss)}`
}

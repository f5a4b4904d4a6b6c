export interface WorkQueueOptions<Key> {
  /** Equal for keys that are the same. */
  readonly textOf: (key: Key) => string
  readonly work: (key: Key) => Promise<void>
  /** How many keys are worked on at a time. */
  readonly concurrency: number
  readonly onFailure: (error: unknown, key: Key, pauseMs: number) => void
  /** Pauses after failures, in milliseconds: doubled each time. */
  readonly firstPauseMs?: number
  readonly longestPauseMs?: number
}

/**
 * What has to be looked at: a key that is added many times before its turn is worked on once, one that is added while it is worked on
 * once more, and one that fails again later, after longer and longer pauses. No key is worked on twice at a time.
 */
export class WorkQueue<Key> {
  private readonly waiting = new Map<string, Key>()
  private readonly working = new Set<string>()
  private readonly failures = new Map<string, number>()
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly idle = new Set<() => void>()
  private closed = false

  constructor(private readonly options: WorkQueueOptions<Key>) {}

  add(...keys: readonly Key[]): void {
    if (this.closed) return
    for (const key of keys) {
      const text = this.options.textOf(key)
      this.stopTimer(text)
      this.waiting.set(text, key)
    }
    this.start()
  }

  /** How many keys wait for their turn, or for another try. */
  get depth(): number {
    return this.waiting.size + this.timers.size
  }

  /** Resolves once nothing is worked on, and nothing waits but for another try after a failure. */
  settled(): Promise<void> {
    if (this.working.size === 0 && this.waiting.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.idle.add(resolve))
  }

  /** Takes no more, and resolves once what is being worked on is done. */
  async close(): Promise<void> {
    this.closed = true
    this.waiting.clear()
    for (const text of [...this.timers.keys()]) this.stopTimer(text)
    await this.settled()
  }

  private start(): void {
    for (const [text, key] of this.waiting) {
      if (this.working.size >= this.options.concurrency) return
      if (this.working.has(text)) continue
      this.waiting.delete(text)
      this.working.add(text)
      void this.run(text, key)
    }
  }

  private async run(text: string, key: Key): Promise<void> {
    try {
      await this.options.work(key)
      this.failures.delete(text)
    } catch (error) {
      if (!this.closed) this.retry(text, key, error)
    }
    this.working.delete(text)
    this.start()
    if (this.working.size > 0 || this.waiting.size > 0) return
    for (const resolve of this.idle) resolve()
    this.idle.clear()
  }

  private retry(text: string, key: Key, error: unknown): void {
    const { firstPauseMs = 100, longestPauseMs = 60_000, onFailure } = this.options
    const failures = this.failures.get(text) ?? 0
    this.failures.set(text, failures + 1)
    const pause = Math.min(firstPauseMs * 2 ** failures, longestPauseMs)
    onFailure(error, key, pause)
    // What was added meanwhile has its turn anyway.
    if (!this.waiting.has(text))
      this.timers.set(
        text,
        setTimeout(() => this.add(key), pause),
      )
  }

  private stopTimer(text: string): void {
    clearTimeout(this.timers.get(text))
    this.timers.delete(text)
  }
}

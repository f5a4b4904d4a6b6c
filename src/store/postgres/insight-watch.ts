import { insightKey } from '../../core/ownership.js'
import type { ChangeEvent, WatchCallback } from '../../core/store.js'
import { type Database, sleep } from './database.js'
import { readInsightsSince } from './reads.js'

export interface InsightWatchOptions {
  readonly database: Database
  /** Of the last change that is known. */
  position(): number
  /** How often insights are looked at, in milliseconds. Default: 10 s. */
  readonly pollMs?: number
}

interface Watcher {
  readonly onEvents: WatchCallback
  /** Of the last insight that it was told of. */
  position: number
}

/** Tells of insights: nobody is notified of them, so they are looked at now and then, once for all who want to know, if somebody does. */
export class InsightWatch {
  private readonly stopped = new AbortController()
  private readonly watchers = new Set<Watcher>()
  private running: Promise<void> | undefined

  constructor(private readonly options: InsightWatchOptions) {}

  watch(onEvents: WatchCallback, from = this.options.position()): () => void {
    const watcher: Watcher = { onEvents, position: from }
    this.watchers.add(watcher)
    this.running ??= this.run()
    return () => this.watchers.delete(watcher)
  }

  async close(): Promise<void> {
    this.stopped.abort()
    this.watchers.clear()
    await this.running
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await this.look()
      await sleep(this.options.pollMs ?? 10_000, this.stopped.signal)
    }
  }

  private async look(): Promise<void> {
    const watchers = [...this.watchers]
    if (watchers.length === 0) return
    const oldest = Math.min(...watchers.map(({ position }) => position))
    const found = await this.options.database.withClient((client) => readInsightsSince(client, oldest)).catch(() => [])
    const last = found.at(-1)?.position ?? oldest
    for (const watcher of watchers) {
      // Some are further on than others.
      const news = found.filter(({ position }) => position > watcher.position)
      watcher.position = Math.max(watcher.position, last)
      if (news.length > 0) queueMicrotask(() => this.watchers.has(watcher) && watcher.onEvents(news))
    }
  }
}

/** An insight goes with its subject, and then nobody finds it: that it went is told with the subject. */
export function withInsightsOfDeleted(onEvents: WatchCallback): WatchCallback {
  return (events) => {
    if (events === 'reset') return onEvents(events)
    onEvents(
      events.flatMap((event): ChangeEvent[] => {
        const insight = event.op === 'delete' ? insightKey(event.key) : undefined
        return insight === undefined ? [event] : [{ op: 'delete', key: Object.freeze(insight), position: event.position }, event]
      }),
    )
  }
}

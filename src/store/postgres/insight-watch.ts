import { setMaxListeners } from 'node:events'
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

/** Tells of insights: nobody is notified of them, so they are looked at now and then, and only while somebody wants to know. */
export class InsightWatch {
  private readonly stopped = new AbortController()
  private readonly running = new Set<Promise<void>>()

  constructor(private readonly options: InsightWatchOptions) {
    setMaxListeners(0, this.stopped.signal)
  }

  watch(onEvents: WatchCallback, from = this.options.position()): () => void {
    const stop = new AbortController()
    const end = () => stop.abort()
    this.stopped.signal.addEventListener('abort', end, { once: true })
    const running = this.follow(onEvents, from, stop.signal)
    this.running.add(running)
    void running.then(() => this.running.delete(running))
    return () => {
      this.stopped.signal.removeEventListener('abort', end)
      end()
    }
  }

  async close(): Promise<void> {
    this.stopped.abort()
    await Promise.all(this.running)
  }

  private async follow(onEvents: WatchCallback, from: number, stop: AbortSignal): Promise<void> {
    let position = from
    while (!stop.aborted) {
      const news = await this.options.database.withClient((client) => readInsightsSince(client, position)).catch(() => [])
      position = news.at(-1)?.position ?? position
      if (news.length > 0) queueMicrotask(() => !stop.aborted && onEvents(news))
      await sleep(this.options.pollMs ?? 10_000, stop)
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

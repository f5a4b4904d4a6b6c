import { setMaxListeners } from 'node:events'
import type { Client } from 'pg'
import { ChangeFeed } from '../../core/change-feed.js'
import type { ChangeEvent, WatchCallback } from '../../core/store.js'
import { type Database, sleep } from './database.js'
import { type Changes, readChanges } from './reads.js'
import { CHANNEL } from './transaction.js'

export interface FollowerOptions {
  readonly database: Database
  /** Of this process, as its own notifications carry it. */
  readonly author: string
  /** Where the database is when this begins. */
  readonly position: number
  /** How often the log is looked at though nobody notified, in milliseconds. Default: 10 s. */
  readonly pollMs?: number
  /** A notification that is not about a change. */
  onOther(payload: string): void
}

/** Before a lost connection is made anew, in milliseconds: doubled each time, up to the second. */
const firstPause = 50
const longestPause = 2000

/**
 * Follows the log from its own position: notifications say when to look, and what is looked up is all that came since. So one
 * that gets lost, with its connection or without, delays a change and loses none.
 */
export class Follower {
  private readonly feed = new ChangeFeed()
  private readonly stopped = new AbortController()
  private wake = new AbortController()
  private at: number
  private running: Promise<void> | undefined
  /** Backlogs are read one after the other. */
  private backlogs: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: FollowerOptions) {
    this.at = options.position
    setMaxListeners(0, this.stopped.signal)
  }

  /** Of the last change that watchers were told of. */
  get position(): number {
    return this.at
  }

  /** Begins to listen, and keeps trying where that fails and after each loss. */
  start(): void {
    this.running = this.run()
  }

  watch(onEvents: WatchCallback, from: number | undefined): () => void {
    if (from === undefined || from === this.at) return this.feed.subscribe(onEvents, [])
    return this.watchFrom(onEvents, from)
  }

  /** Transactions of this process, just committed, that took the log from one position to another. */
  committed(before: number, after: number, transactions: readonly (readonly ChangeEvent[])[]): void {
    if (before !== this.at) return this.look()
    this.at = after
    for (const events of transactions) this.feed.publish(events)
  }

  /** Looks for changes now. */
  look(): void {
    this.wake.abort()
  }

  async close(): Promise<void> {
    this.stopped.abort()
    this.wake.abort()
    this.feed.close()
    await this.running
    await this.backlogs
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped
    let pause = firstPause
    while (!signal.aborted) {
      const client = await this.options.database.connect().catch(() => undefined)
      if (client !== undefined) {
        const ended = new Promise<void>((resolve) => client.once('end', resolve))
        await this.follow(client, () => {
          pause = firstPause
        }).catch(() => undefined)
        // A server that doesn't answer doesn't take leave either.
        await Promise.race([client.end().catch(() => undefined), ended, sleep(longestPause, signal)])
      }
      await sleep(pause, signal)
      pause = Math.min(pause * 2, longestPause)
    }
  }

  /** Until the connection is lost. */
  private async follow(client: Client, onHeard: () => void): Promise<void> {
    let lost = false
    client.once('end', () => {
      lost = true
      this.look()
    })
    this.stopped.signal.addEventListener('abort', () => void client.end().catch(() => undefined), { once: true })
    client.on('notification', ({ payload = '' }) => this.heard(payload))
    await client.query(`LISTEN ${CHANNEL}`)
    while (!lost && !this.stopped.signal.aborted) {
      this.wake = new AbortController()
      this.take(await readChanges(client, this.at))
      onHeard()
      await sleep(this.options.pollMs ?? 10_000, this.wake.signal)
    }
  }

  private heard(payload: string): void {
    const [position, author] = payload.split(' ')
    if (!/^\d+$/.test(position ?? '')) this.options.onOther(payload)
    // What this process writes is told when its commit is confirmed.
    else if (author !== this.options.author && Number(position) > this.at) this.look()
  }

  /** What was looked up may have been told in part meanwhile. */
  private take({ position, events }: Changes): void {
    if (events === 'reset') {
      this.at = position
      this.feed.publish('reset')
    } else if (position > this.at) {
      const news = events.filter((event) => event.position > this.at)
      this.at = position
      this.feed.publish(news)
    }
  }

  /** What happened since a position that lies elsewhere is looked up first; what comes meanwhile waits. */
  private watchFrom(onEvents: WatchCallback, from: number): () => void {
    const waiting: (readonly ChangeEvent[])[] = []
    let told: number | undefined
    const tell = (events: readonly ChangeEvent[]) => {
      const news = events.filter(({ position }) => told === undefined || position > told)
      if (news.length > 0 && !stopped) onEvents(news)
    }
    let stopped = false
    const unsubscribe = this.feed.subscribe((events) => {
      if (events === 'reset') {
        waiting.length = 0
        told ??= 0
        onEvents(events)
      } else if (told === undefined) waiting.push(events)
      else tell(events)
    }, [])
    const stop = () => {
      stopped = true
      unsubscribe()
    }
    this.stopped.signal.addEventListener('abort', stop, { once: true })
    const begin = ({ position, events }: Changes) => {
      if (stopped || told !== undefined) return
      told = position
      if (events === 'reset' || events.length > 0) onEvents(events)
      for (const later of waiting.splice(0)) tell(later)
    }
    this.backlogs = this.backlogs.then(async () => {
      while (!stopped) {
        const changes = await this.options.database.read((client) => readChanges(client, from)).catch(() => undefined)
        if (changes !== undefined) return queueMicrotask(() => begin(changes))
        await sleep(firstPause, this.stopped.signal)
      }
    })
    return () => {
      this.stopped.signal.removeEventListener('abort', stop)
      stop()
    }
  }
}

import type { Leader, Term } from '../../core/leader.js'
import type { Stored, Write } from '../../core/store.js'
import { type Database, sleep } from './database.js'
import { CHANNEL } from './transaction.js'

export interface LeaseOptions {
  readonly database: Database
  /** Which lease it is about. */
  readonly name: string
  /** Of this process, and no other. */
  readonly holder: string
  /** A holder that isn't heard of for so long has lost it, in milliseconds. Default: 30 s. It is renewed each third of it. */
  readonly ttlMs?: number
  /** Writes in a transaction that looks whether the term goes on. */
  write(writes: readonly Write[], token: number): Promise<readonly (Stored | undefined)[]>
}

/** What is said when a lease is given back. */
export const RELEASED = 'released'

interface Held {
  readonly term: Term
  readonly end: AbortController
}

/**
 * Leadership as a row with a term: whoever holds it renews it, and when it has run out by the database's clock, another may take
 * it with a higher token. No clock of a control plane counts: how long ago the last renewal was is measured, not read.
 */
export class Lease implements Leader {
  private readonly callbacks = new Set<(term: Term) => void>()
  private readonly stopped = new AbortController()
  private wake = new AbortController()
  private held: Held | undefined
  private running: Promise<void> | undefined
  private readonly ttlMs: number

  constructor(private readonly options: LeaseOptions) {
    this.ttlMs = options.ttlMs ?? 30_000
  }

  onTerm(callback: (term: Term) => void): () => void {
    this.callbacks.add(callback)
    const { held } = this
    if (held !== undefined) queueMicrotask(() => this.callbacks.has(callback) && !held.term.over.aborted && callback(held.term))
    this.running ??= this.run()
    return () => this.callbacks.delete(callback)
  }

  /** Tries to get the lease now: it was given back. */
  look(): void {
    if (this.held === undefined) this.wake.abort()
  }

  async close(): Promise<void> {
    this.stopped.abort()
    this.wake.abort()
    await this.running
    const { held } = this
    if (held === undefined) return
    this.lose(held)
    await this.release(held.term.token).catch(() => undefined)
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      this.wake = new AbortController()
      await (this.held === undefined ? this.acquire() : this.renew(this.held)).catch(() => undefined)
      await sleep(this.ttlMs / 3, this.wake.signal)
    }
  }

  private async acquire(): Promise<void> {
    const asked = performance.now()
    const { rows } = await this.options.database.withClient((client) =>
      client.query<{ token: string }>(
        `INSERT INTO kuma.leases AS lease (name, holder, token, expires)
         VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = lease.token + 1, expires = excluded.expires
           WHERE lease.holder = excluded.holder OR lease.expires < clock_timestamp()
         RETURNING token`,
        [this.options.name, this.options.holder, this.ttlMs],
      ),
    )
    if (rows[0] === undefined || this.stopped.signal.aborted) return
    const token = Number(rows[0].token)
    const end = new AbortController()
    const term: Term = Object.freeze({
      token,
      over: end.signal,
      write: (writes: readonly Write[]) => this.options.write(writes, token),
    })
    const held = { term, end }
    this.held = held
    this.watchdog(held, asked)
    for (const callback of this.callbacks) queueMicrotask(() => !term.over.aborted && callback(term))
  }

  private async renew(held: Held): Promise<void> {
    const asked = performance.now()
    const { rowCount } = await this.options.database.withClient((client) =>
      client.query(
        `UPDATE kuma.leases SET expires = clock_timestamp() + $4 * interval '1 millisecond'
         WHERE name = $1 AND holder = $2 AND token = $3`,
        [this.options.name, this.options.holder, held.term.token, this.ttlMs],
      ),
    )
    if (rowCount === 0) this.lose(held)
    else if (this.held === held) this.watchdog(held, asked)
  }

  private deadline: NodeJS.Timeout | undefined

  /** Ends the term by itself where no renewal comes in time. */
  private watchdog(held: Held, renewedAt: number): void {
    clearTimeout(this.deadline)
    this.deadline = setTimeout(() => this.lose(held), renewedAt + this.ttlMs - performance.now())
    this.deadline.unref()
  }

  private lose(held: Held): void {
    if (this.held !== held) return
    clearTimeout(this.deadline)
    this.held = undefined
    held.end.abort()
  }

  private async release(token: number): Promise<void> {
    await this.options.database.withClient((client) =>
      client.query(
        `WITH given AS (UPDATE kuma.leases SET expires = '-infinity' WHERE name = $1 AND holder = $2 AND token = $3 RETURNING name)
         SELECT pg_notify('${CHANNEL}', '${RELEASED}') FROM given`,
        [this.options.name, this.options.holder, token],
      ),
    )
  }
}

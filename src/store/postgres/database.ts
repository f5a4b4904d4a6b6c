import { setMaxListeners } from 'node:events'
import pg, { type ClientBase, type PoolClient } from 'pg'
import { KumaError } from '../../core/errors.js'
import { type PostgresConnection, clientConfig } from './connection.js'
import { asKumaError, isServersWord, mayHeal } from './failures.js'

export interface PoolOptions {
  /** Connections that are kept even if nobody uses them. Default: 0. */
  readonly minConnections?: number
  /** Default: 10. */
  readonly maxConnections?: number
  /** A connection that nobody used for so long is let go, in milliseconds. Default: a minute: what is done every ten seconds keeps one. */
  readonly maxIdleMs?: number
  /** A connection is replaced after so long, in milliseconds. Default: never. */
  readonly maxLifetimeMs?: number
  /** And up to so much more, at random, so that not all are replaced at once, in milliseconds. Default: 0. */
  readonly lifetimeJitterMs?: number
}

export interface DatabaseOptions extends PostgresConnection, PoolOptions {
  /** How long a statement waits for a server that is away, in milliseconds. Default: 10 s. */
  readonly patienceMs?: number
  /** Whether a database that was migrated by any newer version is good enough; by default, one step further is. */
  readonly tolerateNewer?: boolean
}

/** Between tries, in milliseconds: doubled each time, up to the second. */
const firstPause = 25
const longestPause = 1000

/** Connections to one database. What fails because the server is away is tried again for as long as patience lasts. */
export class Database {
  /** For people: which database, where. */
  readonly place: string
  private readonly pool: pg.Pool
  private readonly patienceMs: number
  private readonly closing = new AbortController()

  constructor(private readonly options: DatabaseOptions) {
    this.place = `${options.database} at ${options.host}:${options.port}`
    this.patienceMs = options.patienceMs ?? 10_000
    const { minConnections: min = 0, maxConnections: max = 10, maxIdleMs = 60_000, maxLifetimeMs = 0, lifetimeJitterMs = 0 } = options
    const limits = { min, max, maxLifetimeSeconds: maxLifetimeMs / 1000, idleTimeoutMillis: maxIdleMs, allowExitOnIdle: true }
    this.pool = new pg.Pool({ ...clientConfig(options), ...limits })
    // The pool asks for it anew with each connection that it makes.
    if (maxLifetimeMs > 0 && lifetimeJitterMs > 0) {
      const lifetime = () => (maxLifetimeMs + Math.random() * lifetimeJitterMs) / 1000
      Object.defineProperty(this.pool.options, 'maxLifetimeSeconds', { get: lifetime })
    }
    // A connection may end while nobody uses it, also one that was just given back: the next statement gets another.
    this.pool.on('error', () => undefined)
    this.pool.on('connect', (client) => client.on('error', () => undefined))
    setMaxListeners(0, this.closing.signal)
  }

  /** A connection beside the pool, open. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client(clientConfig(this.options))
    client.on('error', () => undefined)
    try {
      await client.connect()
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
    return client
  }

  /**
   * Runs what only reads, or may be done twice.
   * @throws KumaError `store-failed`
   */
  async read<T>(action: (client: ClientBase) => Promise<T>): Promise<T> {
    return this.patiently(() => this.withClient(action))
  }

  /**
   * One try with a connection, which is thrown away if it may be at fault.
   * @throws what the driver throws
   */
  async withClient<T>(action: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect()
    let broken = false
    const onError = () => {
      broken = true
    }
    client.on('error', onError)
    try {
      return await action(client)
    } catch (error) {
      broken ||= !(error instanceof KumaError) && (!isServersWord(error) || mayHeal(error))
      throw error
    } finally {
      client.off('error', onError)
      client.release(broken)
    }
  }

  /**
   * Tries again what may heal, until patience is at its end.
   * @throws KumaError `store-failed`, or another that the action throws
   */
  async patiently<T>(action: () => Promise<T>): Promise<T> {
    const end = performance.now() + this.patienceMs
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      try {
        return await action()
      } catch (error) {
        if (this.closing.signal.aborted || !mayHeal(error) || performance.now() + pause > end) throw asKumaError(this.place, error)
        await sleep(pause, this.closing.signal)
      }
    }
  }

  /** Statements that wait give up. */
  async close(): Promise<void> {
    this.closing.abort()
    await this.pool.end()
  }
}

/** Ends early, without an error, when it is told to stop. */
export async function sleep(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    stop.addEventListener('abort', done)
  })
}

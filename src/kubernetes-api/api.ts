import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { KubernetesConnection } from './connection.js'
import { ApiFailure } from './failure.js'

/** An object of a cluster, as JSON holds it. */
export interface ClusterObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly creationTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [other: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: ClusterObject
}

export interface ObjectList {
  readonly items: readonly ClusterObject[]
  /** Of the whole list: where a watch goes on. */
  readonly resourceVersion: string
}

export type Query = Readonly<Record<string, string | undefined>>

export interface ApiRequest {
  readonly query?: Query
  readonly body?: unknown
  /** Of the body. Default: `application/json`. */
  readonly contentType?: string
  /** Of the answer. Default: `application/json`. */
  readonly accept?: string
  readonly signal?: AbortSignal
}

/** How long one answer is waited for, in milliseconds. */
const patienceMs = 30_000

/** How often what only reads is asked again, and after how long, in milliseconds. */
const rereads = 3
const rereadPause = 20

/** How many objects of a list are asked for at once. */
const pageSize = '500'

/** A cluster's API: JSON in and out, refusals as {@link ApiFailure}. */
export class KubernetesApi {
  private readonly agent: Agent

  constructor(private readonly connection: KubernetesConnection) {
    this.agent = new Agent({ connect: { ...connection.tls, timeout: 10_000 }, keepAliveTimeout: 30_000 })
  }

  /**
   * Asks once; what only reads is asked again where the connection broke.
   * @throws ApiFailure
   */
  async send<T = unknown>(method: Dispatcher.HttpMethod, path: string, options: ApiRequest = {}): Promise<T> {
    for (let left = method === 'GET' ? rereads : 0; ; left--) {
      try {
        return await this.sendOnce<T>(method, path, options)
      } catch (error) {
        if (left === 0 || options.signal?.aborted || !(error instanceof ApiFailure) || error.status !== 0) throw error
        await sleep(rereadPause)
      }
    }
  }

  /**
   * A whole list as it was at one moment, page by page.
   * @throws ApiFailure
   */
  async list(path: string, { query = {}, ...options }: ApiRequest = {}): Promise<ObjectList> {
    const items: ClusterObject[] = []
    for (let next: string | undefined; ; ) {
      // A page says by itself which moment it goes on with.
      const { resourceVersion, resourceVersionMatch, ...rest } = query
      const moment = next === undefined ? { resourceVersion, resourceVersionMatch } : { continue: next }
      const page = await this.send<Page>('GET', path, { ...options, query: { limit: pageSize, ...rest, ...moment } })
      for (const item of page.items ?? []) items.push(item)
      next = page.metadata.continue || undefined
      if (next === undefined) return { items, resourceVersion: page.metadata.resourceVersion }
    }
  }

  /**
   * What happens to the objects of a path, until the server ends it.
   * @throws ApiFailure with reason `Expired` where the server no longer knows what came after the resourceVersion
   */
  async *watch(path: string, { query = {}, signal }: Pick<ApiRequest, 'query' | 'signal'>): AsyncGenerator<WatchEvent> {
    const { statusCode, body } = await this.ask('GET', path, { query: { ...query, watch: 'true', allowWatchBookmarks: 'true' }, signal })
    if (statusCode >= 300) throw ApiFailure.refused(statusCode, await body.text())
    try {
      for await (const line of linesOf(body)) {
        const event = JSON.parse(line) as WatchEvent
        if (event.type === 'ERROR') throw ApiFailure.refused(Number(event.object['code'] ?? 500), JSON.stringify(event.object))
        yield event
      }
    } catch (error) {
      throw error instanceof ApiFailure ? error : ApiFailure.unanswered(error)
    } finally {
      body.destroy()
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy()
  }

  private async sendOnce<T>(method: Dispatcher.HttpMethod, path: string, options: ApiRequest): Promise<T> {
    const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), ...(options.signal ? [options.signal] : [])])
    const { statusCode, body } = await this.ask(method, path, { ...options, signal })
    const text = await body.text().catch((error: unknown) => {
      throw ApiFailure.unanswered(error)
    })
    if (statusCode >= 300) throw ApiFailure.refused(statusCode, text)
    return JSON.parse(text) as T
  }

  private async ask(method: Dispatcher.HttpMethod, path: string, options: ApiRequest): Promise<Dispatcher.ResponseData> {
    const { query = {}, body, contentType = 'application/json', accept = 'application/json', signal } = options
    const asked = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const search = asked.length > 0 ? `?${new URLSearchParams(asked)}` : ''
    try {
      return await request(`${this.connection.server}${path}${search}`, {
        method,
        dispatcher: this.agent,
        headersTimeout: patienceMs,
        bodyTimeout: 0,
        headers: { ...(await this.connection.headers()), accept, ...(body !== undefined && { 'content-type': contentType }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      })
    } catch (error) {
      throw ApiFailure.unanswered(error)
    }
  }
}

interface Page {
  readonly items?: readonly ClusterObject[]
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
}

import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log.js'

export interface DynamicConfigOptions {
  /** By path, what to do with a configuration that is new. One that throws gets it again. */
  readonly handlers: Readonly<Record<string, (text: string) => void>>
  readonly intervalMs: number
  readonly log: Logger
}

const timeoutMs = 5000

/**
 * Follows what the control plane has for kuma-dp itself: it puts that into a listener of Envoy, which is asked over a Unix
 * socket again and again. An ETag keeps what is unchanged from being sent.
 */
export function followDynamicConfig(socketPath: string, { handlers, intervalMs, log }: DynamicConfigOptions): { close(): void } {
  const stopped = new AbortController()
  const agent = new http.Agent({ keepAlive: true })
  const etags = new Map<string, string>()

  const ask = async (path: string, handle: (text: string) => void) => {
    const etag = etags.get(path)
    const answer = await get({
      socketPath,
      path,
      agent,
      timeout: timeoutMs,
      headers: { host: 'localhost', ...(etag && { 'if-none-match': etag }) },
    })
    if (answer.status === 304) return
    etags.delete(path)
    if (answer.status === 404) return
    if (answer.status !== 200) throw new Error(`Envoy answered with status ${answer.status}`)
    handle(answer.text)
    if (answer.etag !== undefined) etags.set(path, answer.etag)
    log.info({ path }, 'the configuration from the control plane is new')
  }

  const follow = async () => {
    while (!stopped.signal.aborted) {
      for (const [path, handle] of Object.entries(handlers)) {
        await ask(path, handle).catch((error: NodeJS.ErrnoException) => {
          // Without anything for kuma-dp there is no listener.
          if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || stopped.signal.aborted) return
          log.warn({ path }, `the configuration from the control plane can't be read: ${error.message}`)
        })
      }
      await sleep(intervalMs, undefined, { signal: stopped.signal }).catch(() => {})
    }
  }
  void follow()
  return {
    close() {
      stopped.abort()
      agent.destroy()
    },
  }
}

async function get(options: http.RequestOptions): Promise<{ status: number; etag?: string; text: string }> {
  const request = http.get(options)
  request.on('timeout', () => request.destroy(new Error(`Envoy said nothing for ${timeoutMs} ms`)))
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode ?? 0, etag: response.headers.etag, text }
}

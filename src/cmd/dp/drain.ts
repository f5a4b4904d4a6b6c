import { setTimeout as sleep } from 'node:timers/promises'
import type { EnvoyAdmin } from './envoy-admin.js'

const pollMs = 200

export interface DrainOptions {
  readonly drainTimeMs: number
  /** End early when nobody is connected any more. */
  readonly untilIdle: boolean
  /** End at once. */
  readonly signal: AbortSignal
}

/**
 * Lets the proxy's clients go elsewhere: its health check fails, and connections are closed as their requests end.
 * @throws when Envoy doesn't take the orders
 */
export async function drain(admin: EnvoyAdmin, { drainTimeMs, untilIdle, signal }: DrainOptions): Promise<void> {
  for (const order of ['/healthcheck/fail', '/drain_listeners?graceful&skip_exit']) {
    const { status, body } = await admin.post(order)
    if (status !== 200) throw new Error(`POST ${order}: status ${status}: ${body.trim()}`)
  }
  const end = performance.now() + drainTimeMs
  while (!signal.aborted && performance.now() < end) {
    if (untilIdle && (await activeConnections(admin)) === 0) return
    await sleep(Math.min(pollMs, Math.max(0, end - performance.now())), undefined, { signal }).catch(() => {})
  }
}

/** Connections from clients, those to the admin interface left out. */
async function activeConnections(admin: EnvoyAdmin): Promise<number> {
  const { body } = await admin.get('/stats?filter=^listener\\.(?!admin).*\\.downstream_cx_active$')
  return body.split('\n').reduce((sum, line) => sum + (Number(/: (\d+)$/.exec(line)?.[1]) || 0), 0)
}

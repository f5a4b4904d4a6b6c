import { createHash } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Store } from '../../core/store.js'
import { monitoringAssignments } from './assignments.js'

/** Source: Prometheus, `kuma_sd_config`. */
const path = '/v3/discovery:monitoringassignments'
const typeUrl = 'type.googleapis.com/kuma.observability.v1.MonitoringAssignment'

/** Longest time that a client may ask to wait, in milliseconds. */
const longestWaitMs = 60_000
const concerning = new Set(['Mesh', 'Dataplane'])

export interface MonitoringServerOptions {
  readonly store: Pick<Store, 'list' | 'watch'>
  /** How long a request waits for something new when it doesn't say, in milliseconds. Default: 30 s, as in Kuma. */
  readonly fetchTimeoutMs?: number
}

/**
 * Tells Prometheus which proxies to scrape (`kuma_sd_configs`), ready to `listen`: `POST /v3/discovery:monitoringassignments`
 * answers at once with what is new, else when something changes, else with 304. `?fetch-timeout=0s` never waits.
 */
export function createMonitoringServer({ store, fetchTimeoutMs = 30_000 }: MonitoringServerOptions): FastifyInstance {
  const waiting = new Set<() => void>()
  let watch: (() => void) | undefined
  const app = Fastify({ bodyLimit: 1 << 20, forceCloseConnections: true }) as FastifyInstance
  app.addHook('onReady', async () => {
    const { position } = await store.list({ type: 'Mesh' })
    watch = store.watch((events) => {
      if (events === 'reset' || events.some(({ key }) => concerning.has(key.type))) for (const wake of waiting) wake()
    }, position)
  })
  app.addHook('onClose', async () => {
    watch?.()
    for (const wake of waiting) wake()
  })

  async function current() {
    const [meshes, dataplanes] = await Promise.all(['Mesh', 'Dataplane'].map(async (type) => (await store.list({ type })).items))
    const resources = monitoringAssignments(
      (meshes ?? []).map(({ resource }) => resource),
      (dataplanes ?? []).map(({ resource }) => resource),
    ).map((assignment) => ({ '@type': typeUrl, ...assignment }))
    const version = createHash('sha256').update(JSON.stringify(resources)).digest('hex').slice(0, 16)
    return { version_info: version, resources, type_url: typeUrl, nonce: version }
  }

  app.post<{ Body: { version_info?: string; versionInfo?: string } | null; Querystring: { 'fetch-timeout'?: string } }>(
    path,
    async (request, reply) => {
      const limit = waitOf(request.query['fetch-timeout'], fetchTimeoutMs)
      if (limit === undefined) {
        const detail = `time: invalid duration ${JSON.stringify(request.query['fetch-timeout'])}`
        return reply.code(400).send({ type: '/std-errors', status: 400, title: 'Could not parse fetch-timeout', detail, details: detail })
      }
      const known = request.body?.version_info ?? request.body?.versionInfo
      const end = Date.now() + limit
      for (;;) {
        const changed = nextChange(waiting, Math.max(0, end - Date.now()))
        const answer = await current()
        if (answer.version_info !== known) {
          changed.forget()
          return answer
        }
        if ((await changed.happened) === 'late' || request.raw.destroyed) return reply.code(304).send()
      }
    },
  )
  return app
}

function nextChange(waiting: Set<() => void>, limitMs: number): { readonly happened: Promise<'changed' | 'late'>; forget(): void } {
  let forget = () => {}
  const happened = new Promise<'changed' | 'late'>((resolve) => {
    const finish = (how: 'changed' | 'late') => {
      waiting.delete(wake)
      clearTimeout(timer)
      resolve(how)
    }
    const wake = () => finish('changed')
    const timer = setTimeout(() => finish('late'), limitMs)
    waiting.add(wake)
    forget = wake
  })
  return { happened, forget: () => forget() }
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A duration as Go writes it, in milliseconds. */
function waitOf(text: string | undefined, fallback: number): number | undefined {
  if (text === undefined || text === '') return fallback
  if (text === '0') return 0
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.map(([part]) => part).join('') !== text) return undefined
  return Math.min(
    longestWaitMs,
    parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0),
  )
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import { KumaError } from '../../core/errors.js'
import type { ResourceKey } from '../../core/resource.js'
import { type Convergence, NotSettled, type Receipts } from '../receipts.js'
import { demandAccess } from './access.js'
import { demandMesh } from './collection.js'
import type { ApiContext, RouteFamily } from './context.js'
import { ApiError, badRequest } from './errors.js'
import type { QueryParameter } from './openapi/route-description.js'
import { param, pathParam } from './query.js'
import { type Answer, serve } from './route.js'

/** A request waits no longer than this, in seconds: who wants to wait longer asks again. */
const longestWait = 60

/**
 * `GET /_convergence` and `GET /meshes/{mesh}/_convergence`: which proxies run a change, which do not yet, which refuse part of
 * it and why, and which are offline. `position`: the change, as an earlier answer told it; by default everything that was
 * committed so far; `since`: the last change before, where there are several. `wait`: seconds for which the answer may be held back until nobody is pending.
 */
export function convergenceRoutes(receipts: Pick<Receipts, 'convergence' | 'settled'>): RouteFamily {
  return (app, context) => {
    const answer: Answer = {
      title: 'Could not tell who runs the change',
      handler: (request, reply) => tell(context, receipts, request, reply),
      describe: { summary: 'Which proxies run a change.', query: parameters, answer: { type: 'object' } },
    }
    serve(app, '/_convergence', { GET: answer })
    serve(app, '/meshes/:mesh/_convergence', { GET: answer })
  }
}

const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const parameters: readonly QueryParameter[] = [
  { name: 'position', schema: count, description: 'The change; by default the last.' },
  { name: 'since', schema: count, description: 'The last change before, where there are several.' },
  { name: 'wait', schema: { ...count, maximum: longestWait }, description: 'Seconds to wait until no proxy is pending.' },
]

async function tell(
  context: ApiContext,
  receipts: Pick<Receipts, 'convergence' | 'settled'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const wait = numberIn(request, 'wait', longestWait)
  const change = {
    position: numberIn(request, 'position', Number.MAX_SAFE_INTEGER),
    since: numberIn(request, 'since', Number.MAX_SAFE_INTEGER),
  }
  await demandMesh(context, request)
  const dataplane = context.registry.byType('Dataplane')
  if (dataplane) await demandAccess(context.access, request.user, 'list', { kind: dataplane })
  const mesh = pathParam(request, 'mesh') || undefined
  if (!wait) return bodyOf(await receipts.convergence(change, { mesh }))
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  try {
    return bodyOf(await receipts.settled(change, { mesh, timeout: wait * 1000, signal: gone.signal }))
  } catch (error) {
    if (error instanceof NotSettled) return bodyOf(error.convergence)
    if (error instanceof KumaError || !gone.signal.aborted) throw error
    throw new ApiError(503, 'Service unavailable', 'the client went away')
  }
}

function numberIn(request: FastifyRequest, name: string, most: number): number | undefined {
  const text = param(request, name)
  if (text === '') return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= most) return value
  throw badRequest(`query parameter "${name}": ${JSON.stringify(text)} is not a whole number from 0 to ${most}`)
}

function bodyOf({ position, since, settled, running, pending, refused, offline }: Convergence): object {
  const total = running.length + pending.length + refused.length + offline.length
  return {
    position,
    since,
    settled,
    total,
    running: running.map(plain),
    pending: pending.map(({ proxy, gone }) => ({ ...plain(proxy), gone })),
    refused: refused.map(({ proxy, refusals }) => ({
      ...plain(proxy),
      refusals: refusals.map(({ type, name, reason, policies }) => ({
        type,
        name,
        reason,
        ...(policies && { policies: policies.map(plain) }),
      })),
    })),
    offline: offline.map(plain),
  }
}

function plain({ type, mesh, name }: ResourceKey): ResourceKey {
  return mesh === undefined ? { type, name } : { type, mesh, name }
}

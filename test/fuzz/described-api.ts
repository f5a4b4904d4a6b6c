import * as z from 'zod'
import type { FastifyInstance } from 'fastify'
import { rawFault } from '../../src/protojson/index.js'
import { trustingAccess } from '../../src/server/api/access.js'
import { convergenceRoutes } from '../../src/server/api/convergence.js'
import { createApi } from '../../src/server/api/index.js'
import { issueRoutes } from '../../src/server/api/issues.js'
import type { OpenApi } from '../../src/server/api/openapi/description.js'
import { tokenRoutes } from '../../src/server/tokens/routes.js'
import { createTokens } from '../../src/server/tokens/tokens.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'
import type { DescribedRequest } from './described-requests.js'

const about = { product: 'Kuma', version: '0', hostname: 'h', instanceId: 'i', clusterId: 'c' }
const headers = { host: 'localhost', 'content-type': 'application/json' }
const nobody = { position: 0, since: 0, settled: true, running: [], pending: [], refused: [], offline: [] }

/** All that kuma-cp serves, over a store of its own, to somebody who may do everything. */
export async function describedApi(): Promise<FastifyInstance> {
  const store = createMemoryStore()
  const tokens = createTokens({ store })
  await tokens.ensureGlobalKeys()
  const app = createApi({
    ...{ store, registry, about, rawFault, access: trustingAccess },
    families: [
      tokenRoutes(tokens),
      convergenceRoutes({ convergence: async () => nobody, settled: async () => nobody }),
      issueRoutes({ issuesOf: () => [] }),
    ],
    limits: { requestsPerSecond: 1e9 },
  })
  await app.inject({ method: 'PUT', url: '/meshes/default', headers, payload: JSON.stringify({ type: 'Mesh', name: 'default' }) })
  return app
}

export async function descriptionOf(app: FastifyInstance): Promise<OpenApi> {
  return (await app.inject({ method: 'GET', url: '/openapi.json', headers })).json()
}

const failure = z.looseObject({
  type: z.literal('/std-errors'),
  status: z.int().min(400).max(499),
  title: z.string().min(1),
  detail: z.string().min(1),
  invalid_parameters: z.array(z.looseObject({ field: z.string(), reason: z.string().min(1) })).optional(),
  causes: z.array(z.looseObject({ field: z.string(), message: z.string().min(1) })).optional(),
})

/**
 * Sends a request, and demands that it is answered as the description says: with one of its statuses, or with a failure in Kuma's
 * shape that is the request's own.
 * @returns the status
 */
export async function answerTo(app: FastifyInstance, { paths }: OpenApi, { operation, url, payload }: DescribedRequest): Promise<number> {
  const { method, path } = operation
  const response = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) })
  const { statusCode: status, body } = response
  const told = `${method} ${url.slice(0, 300)} with ${payload?.slice(0, 300) ?? 'no body'} was answered with ${status}: ${body.slice(0, 300)}`
  const known = Object.keys((paths[path]?.[method.toLowerCase()]?.['responses'] ?? {}) as object)
  if (known.includes(String(status))) return status
  if (status < 400 || status >= 500 || !failure.safeParse(JSON.parse(body)).success || JSON.parse(body).status !== status)
    throw new Error(told)
  return status
}

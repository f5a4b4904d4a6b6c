import type { FastifyRequest } from 'fastify'
import { KumaError } from '../../core/errors.js'
import type { Kind } from '../../core/kind.js'
import { demandAccess } from './access.js'
import { demandMesh, keyOfPath } from './collection.js'
import type { ApiContext } from './context.js'
import { notFound, refused } from './errors.js'

/** Deletes what the path names, and all that belongs to it. @throws ApiError 400, 403, 404, 409 */
export async function remove(context: ApiContext, request: FastifyRequest, kind: Kind): Promise<void> {
  await demandMesh(context, request)
  await demandAccess(context.access, request.user, 'delete', { kind })
  const stored = await context.store.get(keyOfPath(request, kind))
  if (stored === undefined) throw notFound('Could not delete a resource')
  try {
    const refusal = await context.writer.remove(stored)
    if (refusal !== undefined) throw refused(refusal)
  } catch (error) {
    if (error instanceof KumaError && error.code === 'not-found') throw notFound('Could not delete a resource')
    throw error
  }
}

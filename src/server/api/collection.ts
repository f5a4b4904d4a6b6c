import type { FastifyRequest } from 'fastify'
import type { Kind } from '../../core/kind.js'
import type { Resource, ResourceKey } from '../../core/resource.js'
import type { Stored } from '../../core/store.js'
import { demandAccess } from './access.js'
import type { ApiContext } from './context.js'
import { notFound } from './errors.js'
import { filterOf } from './filters.js'
import { pageOf, paginate, type ResourceList } from './page.js'
import { pathParam } from './query.js'

/** The paths under which the API serves a kind. */
export interface Paths {
  /** Where one mesh's resources are, or all of a global kind: `/meshes/:mesh/dataplanes`, `/zones`. */
  readonly collection: string
  /** Where the resources of all meshes are, for kinds that live in meshes. */
  readonly all?: string
}

export function pathsOf({ plural, aliases = [], scope }: Kind): readonly Paths[] {
  return [plural, ...aliases].map((segment) => pathsFor(scope, segment))
}

export function pathsFor(scope: Kind['scope'], segment: string): Paths {
  return scope === 'Global' ? { collection: `/${segment}` } : { collection: `/meshes/:mesh/${segment}`, all: `/${segment}` }
}

/** The key that a path names. */
export function keyOfPath(request: FastifyRequest, kind: Kind): ResourceKey {
  const name = pathParam(request, 'name')
  return kind.scope === 'Global' ? { type: kind.type, name } : { type: kind.type, mesh: pathParam(request, 'mesh'), name }
}

/** @throws ApiError 404 where the path names a mesh that is not there */
export async function demandMesh({ store }: ApiContext, request: FastifyRequest): Promise<void> {
  const mesh = pathParam(request, 'mesh')
  if (mesh !== '' && (await store.get({ type: 'Mesh', name: mesh })) === undefined) throw notFound('Failed to retrieve Mesh')
}

/** The stored resource that the path names. @throws ApiError 403, 404 */
export async function find(context: ApiContext, request: FastifyRequest, kind: Kind): Promise<Stored> {
  await demandMesh(context, request)
  await demandAccess(context.access, request.user, 'get', { kind })
  const stored = await context.store.get(keyOfPath(request, kind))
  if (stored === undefined) throw notFound('Could not retrieve a resource')
  return stored
}

/** The page of a kind's resources that the request asks for. @throws ApiError 400, 403, 404 */
export async function findMany(context: ApiContext, request: FastifyRequest, kind: Kind): Promise<ResourceList<Resource>> {
  // A page that can't be is refused before anything is looked for.
  pageOf(request)
  const fits = filterOf(request, kind)
  await demandMesh(context, request)
  await demandAccess(context.access, request.user, 'list', { kind })
  const mesh = pathParam(request, 'mesh')
  const { items } = await context.store.list(mesh === '' ? { type: kind.type } : { type: kind.type, mesh })
  return paginate(request, items.map(({ resource }) => resource).filter(fits))
}

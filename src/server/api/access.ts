import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kind } from '../../core/kind.js'
import { accessDenied } from './errors.js'
import { isDirectLoopback } from './loopback.js'

export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/** Who everybody is that comes from this machine itself. */
export const admin: User = { name: 'mesh-system:admin', groups: ['mesh-system:admin', 'mesh-system:authenticated'] }
/** Who everybody is that doesn't say who they are. */
export const anonymous: User = { name: 'mesh-system:anonymous', groups: ['mesh-system:unauthenticated'] }

export type Action = 'get' | 'list' | 'create' | 'update' | 'delete' | 'view'

/** What is acted on: a kind of resource, or something else, by what the refusal calls it. */
export type Target = { readonly kind: Kind } | { readonly what: string }

/** Who may do what. */
export interface Access {
  /** Who sent the request. Throw `ApiError` 401 for credentials that are wrong. */
  authenticate(request: FastifyRequest): User | Promise<User>
  /** Whether the user may. A refusal is told to them. */
  authorize(user: User, action: Action, target: Target): boolean | Promise<boolean>
}

/** Loopback is the administrator, others are anonymous; kinds that say so are for administrators, all else is for everybody. */
export const loopbackIsAdmin: Access = {
  authenticate: (request) => (isDirectLoopback(request) ? admin : anonymous),
  authorize: (user, _action, target) => !('kind' in target) || target.kind.adminOnly !== true || isAdmin(user),
}

export function isAdmin({ name, groups }: User): boolean {
  return name === admin.name || groups.includes(admin.name)
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler runs. */
    user: User
  }
}

/** Finds out who sent each request. */
export function authenticateAll(app: FastifyInstance, access: Access): void {
  app.decorateRequest('user')
  app.addHook('onRequest', async (request) => {
    request.user = await access.authenticate(request)
  })
}

/** @throws ApiError 403 */
export async function demandAccess(access: Access, user: User, action: Action, target: Target): Promise<void> {
  if (await access.authorize(user, action, target)) return
  const what = 'kind' in target ? `the resource of type "${target.kind.type}"` : target.what
  throw accessDenied(`user "${user.name}/${user.groups.join(',')}" cannot access ${what}`)
}

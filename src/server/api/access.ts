import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kind } from '../../core/kind.js'
import { accessDenied } from './errors.js'

export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/** Whoever may do everything. */
export const admin: User = { name: 'mesh-system:admin', groups: ['mesh-system:admin', 'mesh-system:authenticated'] }
/** Who everybody is that doesn't say who they are, wherever they are. */
export const anonymous: User = { name: 'mesh-system:anonymous', groups: ['mesh-system:unauthenticated'] }

export type Action = 'get' | 'list' | 'create' | 'update' | 'delete' | 'view'

/** What is not for everybody, named as the sections of Kuma's setting `access.static`. */
export type Concern =
  | 'adminResources'
  | 'generateDpToken'
  | 'generateUserToken'
  | 'generateZoneToken'
  | 'viewConfigDump'
  | 'viewStats'
  | 'viewClusters'
  | 'controlPlaneMetadata'

/** What is acted on: a kind of resource, or something else, by what the refusal calls it. */
export type Target = { readonly kind: Kind } | { readonly concern: Concern; readonly what: string }

/** Finds out who sent a request. Undefined: not by what this one looks at. @throws ApiError 401 for credentials that are wrong */
export type Authenticator = (request: FastifyRequest) => User | undefined | Promise<User | undefined>

/** Who may do what. */
export interface Access {
  /** Who sent the request. @throws ApiError 401 for credentials that are wrong */
  authenticate(request: FastifyRequest): User | Promise<User>
  /** Whether the user may. A refusal is told to them. */
  authorize(user: User, action: Action, target: Target): boolean | Promise<boolean>
}

export interface Allowed {
  readonly users: readonly string[]
  /** Whoever belongs to one of them. */
  readonly groups: readonly string[]
}

export type AccessLists = Readonly<Record<Concern, Allowed>>

const administrators: Allowed = { users: [admin.name], groups: [admin.name] }
const everybody: Allowed = { users: [], groups: ['mesh-system:unauthenticated', 'mesh-system:authenticated'] }

/** Kuma's defaults of `access.static`. */
export const defaultAccessLists: AccessLists = {
  adminResources: administrators,
  generateDpToken: administrators,
  generateUserToken: administrators,
  generateZoneToken: administrators,
  viewConfigDump: everybody,
  viewStats: everybody,
  viewClusters: everybody,
  controlPlaneMetadata: everybody,
}

export interface AccessOptions {
  /** Asked in this order; whom none of them knows is anonymous. Default: none, so that everybody is. */
  readonly authenticators?: readonly Authenticator[]
  /** Default of each: {@link defaultAccessLists}. */
  readonly lists?: Partial<AccessLists>
}

/**
 * Access by lists. Kinds that say so are for those of `adminResources`, all other kinds are for everybody. Where a request comes
 * from grants nothing: programs of this machine are not always its administrator's.
 */
export function createAccess({ authenticators = [], lists = {} }: AccessOptions = {}): Access {
  const all = { ...defaultAccessLists, ...lists }
  const allows = (concern: Concern, { name, groups }: User) =>
    all[concern].users.includes(name) || groups.some((group) => all[concern].groups.includes(group))
  return {
    async authenticate(request) {
      for (const authenticate of authenticators) {
        const user = await authenticate(request)
        if (user) return user
      }
      return anonymous
    },
    authorize(user, _action, target) {
      if ('kind' in target) return target.kind.adminOnly !== true || allows('adminResources', user)
      return allows(target.concern, user)
    },
  }
}

/** Everybody is the administrator. For an API that only the program itself can reach, or that something else guards. */
export const trustingAccess: Access = createAccess({ authenticators: [() => admin] })

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

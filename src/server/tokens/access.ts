import { KumaError } from '../../core/errors.js'
import { type Access, type User, loopbackIsAdmin } from '../api/access.js'
import { ApiError } from '../api/errors.js'
import type { Tokens } from './tokens.js'

/** A user whose token was checked belongs to this group besides their own. */
const authenticated = 'mesh-system:authenticated'

/**
 * Knows users by `Authorization: Bearer <user token>`; requests without it as `fallback` does: by default the administrator
 * on loopback, anonymous beyond.
 */
export function userTokenAccess(tokens: Pick<Tokens, 'verifyUser'>, fallback: Access = loopbackIsAdmin): Access {
  return {
    async authenticate(request): Promise<User> {
      const token = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
      if (token === undefined) return fallback.authenticate(request)
      try {
        const { name, groups } = await tokens.verifyUser(token)
        return { name, groups: [...groups, authenticated] }
      } catch (error) {
        if (error instanceof KumaError) throw new ApiError(401, 'Invalid authentication data', error.message)
        throw error
      }
    },
    authorize: (user, action, target) => fallback.authorize(user, action, target),
  }
}

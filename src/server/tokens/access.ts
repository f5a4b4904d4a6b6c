import type { FastifyRequest } from 'fastify'
import { KumaError } from '../../core/errors.js'
import type { Authenticator, User } from '../api/access.js'
import { ApiError } from '../api/errors.js'
import type { Tokens } from './tokens.js'

/** A user whose credential was checked belongs to this group besides their own. */
const authenticated = 'mesh-system:authenticated'

/** The token of an `Authorization` header. Undefined: it holds none. */
export const bearerToken = (authorization: string | undefined): string | undefined => /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1]

/** Knows users by `Authorization: Bearer <user token>`. */
export function userTokenAuthenticator(tokens: Pick<Tokens, 'verifyUser'>): Authenticator {
  return async (request: FastifyRequest): Promise<User | undefined> => {
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) return undefined
    try {
      const { name, groups } = await tokens.verifyUser(token)
      return { name, groups: [...groups, authenticated] }
    } catch (error) {
      if (error instanceof KumaError) throw new ApiError(401, 'Invalid authentication data', error.message)
      throw error
    }
  }
}

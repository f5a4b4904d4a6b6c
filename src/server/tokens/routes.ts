import type { FastifyRequest } from 'fastify'
import { KumaError } from '../../core/errors.js'
import type { Kind } from '../../core/kind.js'
import { GlobalSecret, Secret } from '../../core/kinds/secret.js'
import { demandAccess } from '../api/access.js'
import { bodyText } from '../api/body.js'
import type { RouteFamily } from '../api/context.js'
import { ApiError, badRequest, invalid } from '../api/errors.js'
import { serve } from '../api/route.js'
import { type TokenRequest, readDataplaneRequest, readUserRequest, readZoneRequest } from './requests.js'
import type { Tokens } from './tokens.js'

/**
 * `POST /tokens/dataplane`, `/tokens/user` and `/tokens/zone`: the answer is the token, as plain text. They are for those who
 * may write the secrets that the keys are in: who can do that can make any token.
 */
export function tokenRoutes(tokens: Tokens): RouteFamily {
  return (app, context) => {
    const route = <Identity>(path: string, keysIn: Kind, read: (body: unknown) => TokenRequest<Identity>, issue: Issue<Identity>) =>
      serve(app, `/tokens/${path}`, {
        POST: {
          title: 'Could not issue a token',
          handler: async (request, reply) => {
            await demandAccess(context.access, request.user, 'create', { kind: keysIn })
            const asked = read(jsonBody(request))
            if (!asked.ok) throw invalid('Invalid request', asked.violations)
            reply.type('text/plain')
            return issued(issue(asked.identity, asked.validForMs))
          },
        },
      })
    route('dataplane', Secret as Kind, readDataplaneRequest, tokens.issueDataplane)
    route('user', GlobalSecret as Kind, readUserRequest, tokens.issueUser)
    route('zone', GlobalSecret as Kind, readZoneRequest, tokens.issueZone)
  }
}

type Issue<Identity> = (identity: Identity, validForMs: number) => Promise<string>

function jsonBody(request: FastifyRequest): unknown {
  try {
    return JSON.parse(bodyText(request))
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw badRequest((error as Error).message)
  }
}

/** Without a key there is no such mesh, as a rule: that is for whoever asks to know, not a fault of the server. */
async function issued(token: Promise<string>): Promise<string> {
  try {
    return await token
  } catch (error) {
    if (error instanceof KumaError && error.code === 'no-signing-key') throw new ApiError(404, 'Signing Key not found', error.message)
    throw error
  }
}

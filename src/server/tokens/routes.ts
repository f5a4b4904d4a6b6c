import type { FastifyRequest } from 'fastify'
import { KumaError } from '../../core/errors.js'
import { type Concern, demandAccess } from '../api/access.js'
import { bodyText } from '../api/body.js'
import type { RouteFamily } from '../api/context.js'
import { ApiError, badRequest, invalid } from '../api/errors.js'
import type { Schema } from '../api/openapi/route-description.js'
import { serve } from '../api/route.js'
import { type TokenRequest, readDataplaneRequest, readUserRequest, readZoneRequest } from './requests.js'
import type { Tokens } from './tokens.js'

/** Which tokens a control plane makes. */
export type Issuers = Readonly<Record<'dataplane' | 'user' | 'zone', boolean>>

/** `POST /tokens/dataplane`, `/tokens/user` and `/tokens/zone`: the answer is the token, as plain text. Access to each is its own. */
export function tokenRoutes(tokens: Tokens, issuers: Issuers = { dataplane: true, user: true, zone: true }): RouteFamily {
  return (app, context) => {
    const route = <Identity>(
      path: keyof Issuers,
      concern: Concern,
      read: (body: unknown) => TokenRequest<Identity>,
      issue: Issue<Identity>,
    ) =>
      issuers[path] &&
      serve(app, `/tokens/${path}`, {
        POST: {
          title: 'Could not issue a token',
          handler: async (request, reply) => {
            await demandAccess(context.access, request.user, 'create', { concern, what: `generate ${path} token` })
            const asked = read(jsonBody(request))
            if (!asked.ok) throw invalid('Invalid request', asked.violations)
            reply.type('text/plain')
            return issued(issue(asked.identity, asked.validForMs))
          },
          describe: { summary: `Makes a ${path} token.`, body: tokenBodies[path], answerType: 'text/plain', answer: text },
        },
      })
    route('dataplane', 'generateDpToken', readDataplaneRequest, tokens.issueDataplane)
    route('user', 'generateUserToken', readUserRequest, tokens.issueUser)
    route('zone', 'generateZoneToken', readZoneRequest, tokens.issueZone)
  }
}

const text: Schema = { type: 'string' }
const texts: Schema = { type: 'array', items: text }
/** How long a token is good, as `720h` says it. */
const validFor = text

const tokenBodies: Readonly<Record<keyof Issuers, Schema>> = {
  dataplane: {
    type: 'object',
    properties: {
      ...{ mesh: text, name: text, workload: text, validFor },
      tags: { type: 'object', additionalProperties: texts },
      type: { enum: ['', 'dataplane', 'ingress', 'egress'] },
    },
    required: ['mesh'],
  },
  user: { type: 'object', properties: { name: text, groups: texts, validFor }, required: ['name', 'validFor'] },
  zone: {
    type: 'object',
    properties: { zone: text, scope: { type: 'array', items: { enum: ['ingress', 'egress'] } }, validFor },
    required: ['scope'],
  },
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

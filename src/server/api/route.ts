import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { ApiError } from './errors.js'

type Method = 'GET' | 'PUT' | 'DELETE' | 'POST'

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

export interface Answer {
  readonly handler: Handler
  /** Title of the answer where the handler fails for no fault of the request. */
  readonly title?: string
  /** Default: that of the API. */
  readonly bodyBytes?: number
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH']

/** Serves a path: the given methods as they say, all others with 405. */
export function serve(app: FastifyInstance, url: string, answers: Partial<Record<Method, Answer>>): void {
  const allowed = Object.keys(answers).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  for (const [method, { handler, title, bodyBytes }] of Object.entries(answers)) {
    app.route({ method: method as Method, url, handler, bodyLimit: bodyBytes, config: title === undefined ? {} : { title } })
  }
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    handler: (request, reply) => {
      reply.header('allow', allowed.join(', '))
      throw new ApiError(405, 'Method not allowed', `${request.method} is not allowed here, only ${allowed.join(', ')}`)
    },
  })
}

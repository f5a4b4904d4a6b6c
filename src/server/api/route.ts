import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { ApiError } from './errors.js'
import type { RouteDescription } from './openapi/route-description.js'

export type Method = 'GET' | 'PUT' | 'DELETE' | 'POST'

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

export interface Answer {
  readonly handler: Handler
  /** Title of the answer where the handler fails for no fault of the request. */
  readonly title?: string
  /** Default: that of the API. */
  readonly bodyBytes?: number
  /** What callers may send and what they get, where there is more to say than the path does. */
  readonly describe?: RouteDescription
}

/** One method of one path. */
export interface Served {
  /** With its parameters as `:name`. */
  readonly url: string
  readonly method: Method
  readonly answer: Answer
}

const known = new WeakMap<FastifyInstance, Served[]>()

/** All that is served by {@link serve}, in the order in which it was added. */
export function servedBy(app: FastifyInstance): readonly Served[] {
  return known.get(app) ?? []
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH']

/** Serves a path: the given methods as they say, all others with 405. */
export function serve(app: FastifyInstance, url: string, answers: Partial<Record<Method, Answer>>): void {
  const allowed = Object.keys(answers).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  const served = known.get(app) ?? []
  known.set(app, served)
  for (const [method, answer] of Object.entries(answers)) {
    const { handler, title, bodyBytes } = answer
    served.push({ url, method: method as Method, answer })
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

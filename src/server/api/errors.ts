import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { KumaError } from '../../core/errors.js'
import type { Violation } from '../../core/kind.js'
import { type ErrorBody, type Refusal, toErrorBody } from '../../core/refusal.js'

/** An answer that is not the one asked for, in the words of Kuma's API. Thrown by handlers, sent by {@link sendErrors}. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    /** HTTP status. */
    readonly status: number,
    /** What could not be done. */
    readonly title: string,
    /** Why. */
    readonly detail: string,
    readonly violations: readonly Violation[] = [],
    /** When it may be worth to try again, in seconds. */
    readonly retryAfter?: number,
  ) {
    super(`${title}: ${detail}`)
  }
}

export const notFound = (title: string) => new ApiError(404, title, 'Not found')
export const badRequest = (reason: string) => new ApiError(400, 'Bad Request', `bad request: ${reason}`)
export const invalid = (title: string, violations: readonly Violation[]) => new ApiError(400, title, 'Resource is not valid', violations)
export const refused = ({ status, title, detail, violations }: Refusal) => new ApiError(status, title, detail, violations)
export const accessDenied = (reason: string) => new ApiError(403, 'Access Denied', reason)
export const conflict = (reason: string) => new ApiError(409, 'Conflict', reason)

/** Told of what the API answers with 500, or with 503 because of the store. */
export type OnError = (error: unknown, request: { readonly method: string; readonly url: string }) => void

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Title of the answer where the route fails for no fault of the request. */
    title?: string
  }
}

/** A request that was turned away for who sent it or from where, or for how many there were. */
export interface SecurityEvent {
  /** 401: wrong credentials; 403: not allowed; 429: too many requests. */
  readonly status: 401 | 403 | 429
  readonly reason: string
  readonly method: string
  /** Without the query: it may hold what nobody is to read. */
  readonly path: string
  readonly remoteAddress: string
  /** Absent: it was turned away before anybody was asked who sent it. */
  readonly user?: string
}

export interface ErrorListeners {
  /** Told of everything that is answered with 500, or with 503 because of the store. */
  readonly onError?: OnError
  /** Told of every request that was turned away for who sent it or from where, or for how many there were. */
  readonly onSecurityEvent?: (event: SecurityEvent) => void
}

/** Gives every failure the body that Kuma's API gives: thrown errors, unknown paths, what fastify itself refuses. */
export function sendErrors(app: FastifyInstance, { onError, onSecurityEvent }: ErrorListeners): void {
  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const answer = toApiError(error, request)
    const { status } = answer
    if (status === 500 || isStoreFailure(error)) onError?.(error, { method: request.method, url: request.url })
    if (status === 401 || status === 403 || status === 429) {
      const { method, user, ip } = request
      onSecurityEvent?.({ status, reason: answer.detail, method, path: pathOf(request), remoteAddress: ip, user: user?.name })
    }
    return send(reply, answer)
  })
  app.setNotFoundHandler((request, reply) => send(reply, new ApiError(404, 'Not found', `there is nothing at ${pathOf(request)}`)))
}

/** Gives that body also to what fastify refuses before it looks for a route: paths that are too long or no paths. */
export function sendRouterError(error: FastifyError, _: unknown, reply: FastifyReply): void {
  const { statusCode: status = 400, message } = error
  // Its message repeats the path, however long.
  const detail = status === 414 ? 'a part of the path is too long' : message
  send(reply, new ApiError(status, 'Bad Request', `bad request: ${detail}`))
}

function send(reply: FastifyReply, { status, title, detail, violations, retryAfter }: ApiError): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const body: ErrorBody = toErrorBody({ resource: { type: '', name: '' }, status, title, detail, violations })
  return reply.code(status).type('application/json').send(body)
}

function toApiError(error: FastifyError | Error, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof KumaError && error.code === 'conflict') return conflict(error.message)
  if (error instanceof KumaError && error.code === 'closed') return new ApiError(503, 'Service unavailable', 'Service unavailable')
  if (isStoreFailure(error)) return new ApiError(503, 'Service unavailable', storeAway, [], storeRetrySeconds)
  const { statusCode = 500 } = error as FastifyError
  if (statusCode === 413) return new ApiError(413, 'Content Too Large', `the body is longer than ${request.routeOptions.bodyLimit} bytes`)
  if (statusCode === 415) {
    const found = request.headers['content-type'] ?? 'none'
    return new ApiError(415, 'Unsupported Media Type', `the Content-Type has to be application/json, it is ${found}`)
  }
  if (statusCode >= 400 && statusCode < 500) return new ApiError(statusCode, 'Bad Request', `bad request: ${error.message}`)
  return new ApiError(500, request.routeOptions.config.title ?? 'Could not answer', 'Internal Server Error')
}

/** The disk or the database: neither who asks nor this program is at fault, and it may heal. What it said is the operator's to know. */
export const isStoreFailure = (error: unknown) => error instanceof KumaError && error.code === 'store-failed'
export const storeAway = 'the store can not be reached, try again: a change that was asked for may have been made or not'
export const storeRetrySeconds = 5

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

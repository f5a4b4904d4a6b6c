import type { FastifyInstance, FastifyRequest } from 'fastify'
import { depthOfJson } from '../json-depth.js'
import { ApiError, badRequest } from './errors.js'

/** How deep objects and lists of a body may lie in each other. Resources need some twenty. */
const MAX_DEPTH = 100

/** Takes JSON bodies as text, for the reader of resources; refuses what says that it is something else. */
export function takeJsonText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => body)
  app.addContentTypeParser('*', { parseAs: 'string' }, async (request: FastifyRequest, body: string) => {
    const found = request.headers['content-type']
    if (found === undefined) return body
    throw new ApiError(415, 'Unsupported Media Type', `the Content-Type has to be application/json, it is ${found}`)
  })
}

/**
 * The text of a request's JSON body.
 * @throws ApiError 400 where it is missing or nested so deeply that reading it could end the process
 */
export function bodyText(request: FastifyRequest): string {
  const { body } = request
  if (typeof body !== 'string' || body.trim() === '') throw badRequest('the body is empty, expected a resource as JSON')
  if (depthOfJson(body) > MAX_DEPTH) throw badRequest(`objects and lists are nested more than ${MAX_DEPTH} deep`)
  return body
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
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
  if (depthOf(body) > MAX_DEPTH) throw badRequest(`objects and lists are nested more than ${MAX_DEPTH} deep`)
  return body
}

function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at)
    if (inText) {
      if (char === BACKSLASH) at += 1
      else if (char === QUOTE) inText = false
    } else if (char === QUOTE) inText = true
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) deepest = Math.max(deepest, ++depth)
    else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth -= 1
  }
  return deepest
}

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

import type { FastifyInstance } from 'fastify'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { ApiError } from './errors.js'

/** What one client may ask of the API. */
export interface ApiLimits {
  /** Longest body, in bytes. Default: 10 MiB. */
  readonly bodyBytes: number
  /** Longest head of a request, in bytes. Default: 16 KiB. */
  readonly headerBytes: number
  /** How long the head of a request may take to arrive, in milliseconds. Default: 10 s. */
  readonly headersMs: number
  /** How long a whole request may take to arrive, in milliseconds. Default: 60 s. */
  readonly requestMs: number
  /** Requests of one address a second, averaged over ten seconds. Default: 2,000. */
  readonly requestsPerSecond: number
  /** Connections of all clients together. Default: 4,096. */
  readonly connections: number
}

export const defaultApiLimits: ApiLimits = {
  bodyBytes: 10 << 20,
  headerBytes: 16 << 10,
  headersMs: 10_000,
  requestMs: 60_000,
  requestsPerSecond: 2000,
  connections: 4096,
}

const windowSeconds = 10

/** What can't be said when the server is made. */
export function applyLimits(app: FastifyInstance, { headersMs, requestsPerSecond, connections }: ApiLimits): void {
  app.server.headersTimeout = headersMs
  app.server.maxConnections = connections
  const limiter = new RateLimiterMemory({ points: requestsPerSecond * windowSeconds, duration: windowSeconds })
  app.addHook('onRequest', async (request, reply) => {
    await limiter.consume(request.ip).catch((state: unknown) => {
      if (!(state instanceof RateLimiterRes)) throw state
      reply.header('retry-after', Math.ceil(state.msBeforeNext / 1000))
      throw new ApiError(429, 'Too Many Requests', `more than ${requestsPerSecond} requests a second: slow down`)
    })
  })
}

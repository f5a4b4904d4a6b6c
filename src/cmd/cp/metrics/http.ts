import type { RequestListener } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Gauge, Histogram, type Registry } from 'prom-client'

/** Measures requests to servers, under the names that Kuma gives them: `<server>_http_request_duration_seconds` and so on. */
export interface HttpMetrics {
  /** Call before the server listens. */
  ofApi(app: FastifyInstance): void
  ofListener(listener: RequestListener, handler: string): RequestListener
}

/** @param server begins the names: `api_server`, `dp_server` */
export function httpMetrics(registry: Registry, server: 'api_server' | 'dp_server'): HttpMetrics {
  const registers = [registry]
  const labelNames = ['service', 'handler', 'method', 'code']
  const duration = new Histogram({
    name: `${server}_http_request_duration_seconds`,
    help: 'The latency of the HTTP requests',
    labelNames,
    registers,
  })
  const size = new Histogram({
    name: `${server}_http_response_size_bytes`,
    help: 'The size of the HTTP responses',
    labelNames,
    buckets: Array.from({ length: 8 }, (_, i) => 100 * 10 ** i),
    registers,
  })
  const inflight = new Gauge({
    name: `${server}_http_requests_inflight`,
    help: 'The number of requests that are being handled at the same time',
    labelNames: ['service', 'handler'],
    registers,
  })
  const answered = (handler: string, method: string, code: number, seconds: number, bytes: number) => {
    const labels = { service: '', handler, method, code: String(code) }
    duration.observe(labels, seconds)
    size.observe(labels, bytes)
  }
  return {
    ofApi(app) {
      const handlerOf = (request: { readonly routeOptions: { readonly url?: string | undefined } }) => request.routeOptions.url ?? ''
      app.addHook('onRequest', async (request) => inflight.inc({ service: '', handler: handlerOf(request) }))
      app.addHook('onResponse', async (request, reply) => {
        inflight.dec({ service: '', handler: handlerOf(request) })
        const bytes = Number(reply.getHeader('content-length') ?? 0)
        answered(handlerOf(request), request.method, reply.statusCode, reply.elapsedTime / 1000, bytes)
      })
    },
    ofListener: (listener, handler) => (request, response) => {
      const start = performance.now()
      inflight.inc({ service: '', handler })
      response.once('close', () => {
        inflight.dec({ service: '', handler })
        const bytes = Number(response.getHeader('content-length') ?? 0)
        answered(handler, request.method ?? '', response.statusCode, (performance.now() - start) / 1000, bytes)
      })
      listener(request, response)
    },
  }
}

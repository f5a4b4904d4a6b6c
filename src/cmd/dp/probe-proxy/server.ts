import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../../log.js'
import { askedProbe } from './asked.js'
import { probe } from './probes.js'
import type { ProbeTarget } from './target.js'

export interface ProbeProxyOptions {
  /** 0: any that is free. */
  readonly port: number
  /** Default: all addresses of the machine, as the kubelet asks from outside. */
  readonly host?: string
  readonly target: ProbeTarget
  readonly log: Logger
}

export interface ProbeProxy {
  readonly port: number
  close(): void
}

/**
 * Answers the kubelet's probes for the application: the kubelet has no certificate of the mesh, and what comes from it would be redirected
 * to Envoy. The injector rewrites probes so that they come here.
 * @throws as Node's `listen` does, e.g. `EADDRINUSE`
 */
export async function startProbeProxy({ port, host, target, log }: ProbeProxyOptions): Promise<ProbeProxy> {
  const server = http.createServer({ headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16 << 10 }, (request, response) => {
    const answer = (status: number, text: string) =>
      void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).end(`${text}\n`)
    const asked = askedProbe(request.url ?? '', request.headers)
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'UNKNOWN')
    if (!asked) return answer(503, 'UNKNOWN')
    void probe(asked, target).then(({ healthy, status, why }) => {
      if (!healthy) log.debug({ probe: asked.kind, port: asked.port, why }, 'the application is not well')
      // The application's own status tells its author more.
      answer(healthy ? 200 : (status ?? 503), healthy ? 'HEALTHY' : 'UNHEALTHY')
    })
  })
  server.maxConnections = 256
  await once(server.listen({ port, host, exclusive: true }), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

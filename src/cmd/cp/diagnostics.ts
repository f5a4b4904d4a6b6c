import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ControlPlaneMetrics } from './metrics.js'

export interface Diagnostics {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

export interface DiagnosticsOptions {
  readonly host: string
  readonly port: number
  readonly metrics: Pick<ControlPlaneMetrics, 'text' | 'contentType'>
  /** Whether all servers are there. */
  readonly ready: () => boolean
}

/** Tells whether the control plane is alive (`/healthy`), ready (`/ready`), and what it counted (`/metrics`). */
export async function startDiagnostics({ host, port, metrics, ready }: DiagnosticsOptions): Promise<Diagnostics> {
  const server = http.createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]
    if (path === '/healthy') response.writeHead(200).end()
    else if (path === '/ready') response.writeHead(ready() ? 200 : 503).end()
    else if (path === '/metrics') {
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      )
    } else response.writeHead(404).end()
  })
  server.listen({ host, port })
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    host: address.address,
    port: address.port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

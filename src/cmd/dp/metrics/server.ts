import { once } from 'node:events'
import { rmSync } from 'node:fs'
import http from 'node:http'
import type { MetricsCollector } from './collector.js'
import { writeFamilies } from './text.js'

export interface MetricsServer {
  close(): void
}

/** Where Envoy's listener of a MeshMetric leads to; that of a Mesh with metrics leads to any other path. */
const meshMetricPath = '/meshmetric'

/** Serves, in Prometheus' text format, what Envoy's metrics listeners lead to. */
export async function startMetricsServer(socketPath: string, collector: MetricsCollector): Promise<MetricsServer> {
  rmSync(socketPath, { force: true })
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const page = pathname.startsWith(meshMetricPath)
      ? collector.families({ headers: request.headers }).then(writeFamilies)
      : collector.meshPage(searchParams, request.headers)
    page.then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await once(server.listen(socketPath), 'listening')
  return {
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

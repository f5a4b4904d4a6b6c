import { once } from 'node:events'
import { rmSync } from 'node:fs'
import http from 'node:http'
import type { Logger } from '../log.js'
import type { EnvoyAdmin } from './envoy-admin.js'

/** Metrics of the application beside the proxy. */
export interface MetricsSource {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly path: string
}

export interface MetricsServer {
  close(): void
}

const longestAnswer = 64 << 20
const timeoutMs = 10_000

/**
 * What Envoy's metrics listener leads to: Envoy's own metrics and the application's as one page, in Prometheus' text format.
 * Sources that don't answer are left out. The request's query goes to Envoy: it says which metrics to leave out.
 */
export async function startMetricsServer(
  socketPath: string,
  { admin, sources, log }: { readonly admin: EnvoyAdmin | undefined; readonly sources: readonly MetricsSource[]; readonly log: Logger },
): Promise<MetricsServer> {
  rmSync(socketPath, { force: true })
  const server = http.createServer(async (request, response) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    query.set('format', 'prometheus')
    query.set('text_readouts', '')
    const ask = (name: string, answer: Promise<string>) =>
      answer.catch((error: Error) => {
        log.warn({ source: name }, `metrics are missing: ${error.message}`)
        return ''
      })
    const pages = await Promise.all([
      ...sources.map((source) => ask(source.name, scrape(source, request.headers))),
      ...(admin ? [ask('envoy', envoyMetrics(admin, query))] : []),
    ])
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.end(
      pages
        .filter((page) => page !== '')
        .map(asPart)
        .join(''),
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

async function envoyMetrics(admin: EnvoyAdmin, query: URLSearchParams): Promise<string> {
  const { status, body } = await admin.get(`/stats?${query}`)
  if (status !== 200) throw new Error(`Envoy answered with status ${status}`)
  return body
}

async function scrape({ address, port, path }: MetricsSource, headers: http.IncomingHttpHeaders): Promise<string> {
  const passed = Object.entries(headers).filter(([name]) => name === 'user-agent' || name === 'x-prometheus-scrape-timeout-seconds')
  const request = http.get({
    ...{ host: address, port, path: path || '/metrics', agent: false, signal: AbortSignal.timeout(timeoutMs) },
    // One format for all: pages of different ones would make none together.
    headers: { ...Object.fromEntries(passed), accept: 'text/plain;version=0.0.4' },
  })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > longestAnswer) throw new Error(`the answer is longer than ${longestAnswer} bytes`)
    chunks.push(chunk)
  }
  if (response.statusCode !== 200) throw new Error(`the application answered with status ${response.statusCode}`)
  return Buffer.concat(chunks).toString()
}

/** Without the mark of OpenMetrics for the end of a page. */
function asPart(page: string): string {
  return `${page.trimEnd().replace(/\n?# EOF$/, '')}\n`
}

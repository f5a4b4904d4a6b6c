import { once } from 'node:events'
import http from 'node:http'
import type { EnvoyAdmin } from '../envoy-admin.js'

/** Metrics of the application beside the proxy. */
export interface MetricsSource {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly path: string
}

const longestAnswer = 64 << 20
const timeoutMs = 10_000

/** A page of the application's metrics. @throws Error where it doesn't answer with one */
export async function scrape({ address, port, path }: MetricsSource, headers: http.IncomingHttpHeaders): Promise<string> {
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

/** A page of Envoy's metrics. @param query what to leave out, in the words of its admin interface */
export async function scrapeEnvoy(admin: EnvoyAdmin, query: URLSearchParams): Promise<string> {
  const asked = new URLSearchParams(query)
  asked.set('format', 'prometheus')
  asked.set('text_readouts', '')
  const { status, body } = await admin.get(`/stats?${asked}`)
  if (status !== 200) throw new Error(`Envoy answered with status ${status}`)
  return body
}

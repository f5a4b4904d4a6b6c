import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ControlPlaneMetrics } from './metrics/metrics.js'
import { type Profile, longestProfile, takeProfile } from './profiles.js'

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
  /** Profiles of the running process, at Go's paths: `/debug/pprof/profile`, `/debug/pprof/heap`. */
  readonly debugEndpoints: boolean
}

type Answer = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>

/**
 * Tells whether the control plane is alive (`/healthy`), ready (`/ready`), what it counted (`/metrics`), and what it is busy with. What
 * is in its memory is told to nobody: there are keys and tokens in it.
 */
export async function startDiagnostics(options: DiagnosticsOptions): Promise<Diagnostics> {
  const answers = answersOf(options)
  const server = http.createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const answer = answers[pathname]
    if (!answer) return void response.writeHead(404).end()
    answer(request, response, searchParams).catch((error: Error) => {
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end(`${error.message}\n`)
    })
  })
  server.listen({ host: options.host, port: options.port })
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

function answersOf({ metrics, ready, debugEndpoints }: DiagnosticsOptions): Readonly<Record<string, Answer>> {
  const profile =
    (which: Profile, usualSeconds: number): Answer =>
    async (_, response, query) => {
      const seconds = Number(query.get('seconds') ?? usualSeconds)
      if (!(seconds > 0 && seconds <= longestProfile)) {
        return void response.writeHead(400).end(`seconds: ${query.get('seconds')} is not a number above 0 and up to ${longestProfile}\n`)
      }
      send(response, 'application/json', await takeProfile(which, seconds))
    }
  return {
    '/healthy': async (_, response) => void response.writeHead(200).end(),
    '/ready': async (_, response) => void response.writeHead(ready() ? 200 : 503).end(),
    '/metrics': async (_, response) => send(response, metrics.contentType, await metrics.text()),
    ...(debugEndpoints && { '/debug/pprof/profile': profile('cpu', 30), '/debug/pprof/heap': profile('heap', 10) }),
  }
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'content-type': type }).end(text)
}

import { lookup } from 'node:dns/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { Cluster_DnsLookupFamily } from '../../gen/envoy/config/cluster/v3/cluster.js'
import { isStoreFailure, storeRetrySeconds } from '../api/errors.js'
import { isLoopback } from '../api/loopback.js'
import { readBootstrapRequest } from './request.js'
import { type BootstrapAnswer, BootstrapRefusal, type BootstrapService, type RequestOrigin } from './service.js'

export interface BootstrapListenerOptions {
  /** Told how each request ended. */
  readonly onAnswer?: (event: {
    readonly proxy: string
    readonly status: number
    readonly reason?: string
    readonly error?: unknown
  }) => void
  /** Longest body, in bytes. Default: 1 MiB. */
  readonly bodyLimit?: number
}

/**
 * Serves `POST /bootstrap`: YAML, or with `Accept: application/json` Kuma's envelope around it. Over plain text it is for
 * this machine alone: from elsewhere tokens would come and the control plane's CA would go in the clear.
 */
export function bootstrapListener(
  service: BootstrapService,
  { onAnswer, bodyLimit = 1 << 20 }: BootstrapListenerOptions = {},
): RequestListener {
  return (request, response) => {
    let proxy = ''
    const told = (name: string) => {
      proxy = name
    }
    answer(service, request, bodyLimit, told).then(
      ({ type, body }) => {
        send(response, 200, type, body)
        onAnswer?.({ proxy, status: 200 })
      },
      (error: unknown) => {
        const { status, message } = refusalOf(error)
        if (status === 503) response.setHeader('retry-after', storeRetrySeconds)
        send(response, status, 'text/plain', message)
        onAnswer?.({ proxy, status, reason: message, ...(status >= 500 && { error }) })
      },
    )
  }
}

class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

function refusalOf(error: unknown): { status: number; message: string } {
  if (error instanceof BootstrapRefusal || error instanceof HttpRefusal) return { status: error.status, message: error.message }
  if (isStoreFailure(error)) return { status: 503, message: 'the store can not be reached, try again' }
  return { status: 500, message: 'the bootstrap configuration could not be made, see the log of the control plane' }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'x-content-type-options': 'nosniff' })
  response.end(body)
}

async function answer(service: BootstrapService, request: IncomingMessage, bodyLimit: number, told: (proxy: string) => void) {
  const path = (request.url ?? '').split('?', 1)[0]
  if (path !== '/bootstrap') throw new HttpRefusal(404, `there is nothing at ${path}, only /bootstrap`)
  if (request.method !== 'POST') throw new HttpRefusal(405, `${request.method} is not allowed here, only POST`)
  const secure = 'encrypted' in request.socket
  if (!secure && !isLoopback(request.socket.remoteAddress ?? '')) {
    throw new HttpRefusal(403, 'plain HTTP is served to this machine alone: use https')
  }
  const read = readBootstrapRequest(await bodyOf(request, bodyLimit))
  if (!read.ok) throw new HttpRefusal(400, read.reason)
  told(`${read.request.mesh}.${read.request.name}`)
  const made = await service.answer(read.request, originOf(request))
  if (!(request.headers.accept ?? '').includes('application/json')) return { type: 'text/x-yaml', body: made.bootstrap }
  return { type: 'application/json', body: JSON.stringify(envelope(made)) }
}

/** The peer's answer, field by field. */
function envelope({ bootstrap, address, metrics }: BootstrapAnswer) {
  return {
    bootstrap: Buffer.from(bootstrap).toString('base64'),
    kumaSidecarConfiguration: { networking: { corefileTemplate: null, address }, metrics: { aggregate: metrics } },
  }
}

async function bodyOf(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new HttpRefusal(413, `the body is longer than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** The host that the sender wrote, and which addresses of it Envoy should try. */
function originOf({ headers, socket }: IncomingMessage): RequestOrigin {
  const authority = `http://${headers.host ?? ''}`
  const host = URL.canParse(authority) ? new URL(authority).hostname.replace(/^\[(.*)\]$/, '$1') : ''
  if (host === '') throw new HttpRefusal(400, `Host ${JSON.stringify(headers.host ?? '')} is no host`)
  return { host, dnsLookupFamily: () => familyOf(host, socket.localAddress ?? '') }
}

/** Envoy would try IPv6 alone where a name has both. */
async function familyOf(host: string, reachedAt: string): Promise<Cluster_DnsLookupFamily | undefined> {
  if (isIP(host)) return undefined
  const addresses = isLoopback(host) ? [{ family: reachedAt.includes('.') ? 4 : 6 }] : await lookup(host, { all: true }).catch(() => [])
  return addresses.length > 0 && addresses.every(({ family }) => family === 4) ? Cluster_DnsLookupFamily.V4_ONLY : undefined
}

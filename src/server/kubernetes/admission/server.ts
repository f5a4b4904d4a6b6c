import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { type AdmissionRequest, type AdmissionResponse, denied, requestOf, reviewOf } from '../../../kubernetes/admission-review.js'
import type { CertificatePair } from '../../certificates.js'
import { depthOfJson } from '../../json-depth.js'

/** Answers one question of the API server. What it throws is answered as a failure: nothing is let in by mistake. */
export type AdmissionHandler = (request: AdmissionRequest) => Promise<AdmissionResponse>

export interface AdmissionServerOptions {
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string
  /** 0: any that is free. */
  readonly port: number
  readonly certificate: CertificatePair
  /** By their paths. */
  readonly handlers: Readonly<Record<string, AdmissionHandler>>
  /** A handler failed for no fault of the question. */
  readonly onError?: (error: unknown, path: string) => void
  /** A question was answered with no. */
  readonly onDenied?: (response: AdmissionResponse, request: AdmissionRequest, path: string) => void
}

export interface AdmissionServer {
  readonly host: string
  readonly port: number
  /** New connections see this certificate. */
  renew(certificate: CertificatePair): void
  close(): Promise<void>
}

/** The API server sends an object and what it was before, each up to 3 MiB. */
const longestBody = 8 << 20
const deepestBody = 200
const connections = 1024

/**
 * The HTTPS server that the Kubernetes API server asks before it stores objects.
 * @throws as Node's `listen` does, e.g. `EADDRINUSE`
 */
export async function startAdmissionServer(options: AdmissionServerOptions): Promise<AdmissionServer> {
  const { host = '127.0.0.1', port, certificate } = options
  const limits = { headersTimeout: 5_000, requestTimeout: 15_000, maxHeaderSize: 16 << 10, handshakeTimeout: 10_000 }
  const server = https.createServer({ ...contextOf(certificate), ...limits }, (request, response) => {
    answer(request, options).then(
      (review) => send(response, 200, review),
      (fault: unknown) => (fault instanceof Refused ? send(response, fault.status, { error: fault.message }) : response.destroy()),
    )
  })
  server.maxConnections = connections
  server.listen({ host, port })
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    host: address.address,
    port: address.port,
    renew: (fresh) => server.setSecureContext(contextOf(fresh)),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const contextOf = ({ certificate, privateKey }: CertificatePair) => ({ cert: certificate, key: privateKey, minVersion: 'TLSv1.2' as const })

/** The request is none that an API server sends. */
class Refused extends Error {
  override readonly name = 'Refused'

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

async function answer(incoming: IncomingMessage, { handlers, onError, onDenied }: AdmissionServerOptions): Promise<unknown> {
  const path = (incoming.url ?? '').split('?', 1)[0] ?? ''
  const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined
  if (!handler) throw new Refused(404, 'there is no webhook at this path')
  if (incoming.method !== 'POST') throw new Refused(405, 'webhooks are asked with POST')
  const request = readReview(await bodyOf(incoming))
  const response = await handler(request).catch((error: unknown) => {
    onError?.(error, path)
    return denied(request, { code: 500, reason: 'InternalError', message: 'the control plane failed to look at it: see its log' })
  })
  if (!response.allowed) onDenied?.(response, request, path)
  return reviewOf(response)
}

/** What is too long is not read to its end: the answer goes out first, then the connection is closed. */
function bodyOf(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= longestBody) return void chunks.push(chunk)
      incoming.pause()
      reject(new Refused(413, `the body is longer than ${longestBody} bytes`))
    })
    incoming.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    incoming.once('error', reject)
  })
}

function readReview(body: string): AdmissionRequest {
  if (depthOfJson(body) > deepestBody) throw new Refused(400, `objects and lists are nested more than ${deepestBody} deep`)
  let review: unknown
  try {
    review = JSON.parse(body)
  } catch (error) {
    throw new Refused(400, `the body is no JSON: ${(error as Error).message}`)
  }
  const request = requestOf(review)
  if (!request) throw new Refused(400, 'the body is no AdmissionReview: it has no request with a uid')
  return request
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const close = status === 200 ? {} : { connection: 'close' }
  response.writeHead(status, { 'content-type': 'application/json', ...close }).end(JSON.stringify(body))
}

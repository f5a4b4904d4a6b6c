import http, { type RequestListener } from 'node:http'
import type net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { CertificatePair } from './certificates.js'
import { type SharedPort, startSharedPort } from './shared-port.js'

/** The part of a gRPC server that serves connections which somebody else accepted. */
export interface ConnectionTaker {
  injectConnection(connection: Duplex): void
  /** Lets calls come to an end for so long, then ends them. */
  drain(graceMs: number): void
}

export interface DpServer extends SharedPort {
  /** New connections see this certificate; those that are there stay. Without TLS it changes nothing. */
  renew(certificate: CertificatePair): void
}

export interface DpServerOptions {
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string
  /** 0: any that is free. Default: 5678. */
  readonly port?: number
  /** Absent: plain text. */
  readonly certificate?: CertificatePair
  /** gRPC: xDS. */
  readonly grpc: ConnectionTaker
  /** Everything else: the bootstrap. */
  readonly http: RequestListener
  /** A connection was closed because there are too many. */
  readonly onTooMany?: () => void
}

/**
 * The server that proxies and their companions speak with: gRPC and HTTP on one port, told apart by what the client says in
 * the TLS handshake. Who can do HTTP/1.1 gets that: clients that offer HTTP/2 alone are gRPC's.
 * @throws as Node's `listen` does, e.g. `EADDRINUSE`
 */
export async function startDpServer({ host, port = 5678, certificate, grpc, ...options }: DpServerOptions): Promise<DpServer> {
  const plain = http.createServer({ requestTimeout: 30_000, headersTimeout: 5_000 }, options.http)
  const toHttp = (socket: net.Socket) => void plain.emit('connection', socket)
  const toGrpc = (socket: net.Socket) => grpc.injectConnection(socket)
  const secure = certificate && createTls(certificate, (socket) => (socket.alpnProtocol === 'h2' ? toGrpc(socket) : toHttp(socket)))
  const shared = await startSharedPort({
    host,
    port,
    onTooMany: options.onTooMany,
    takers: secure ? { tls: (socket) => void secure.emit('connection', socket) } : { http2: toGrpc, http1: toHttp },
  })
  return {
    ...shared,
    renew: (fresh) => secure?.setSecureContext(contextOf(fresh)),
    close(graceMs = 0) {
      plain.closeIdleConnections()
      grpc.drain(graceMs)
      return shared.close(graceMs)
    },
  }
}

const contextOf = ({ certificate, privateKey }: CertificatePair) =>
  ({ cert: certificate, key: privateKey, minVersion: 'TLSv1.2' }) satisfies tls.SecureContextOptions

function createTls(certificate: CertificatePair, onConnection: (socket: tls.TLSSocket) => void): tls.Server {
  const server = tls.createServer({
    ...contextOf(certificate),
    ALPNProtocols: ['http/1.1', 'h2'],
    handshakeTimeout: 10_000,
  })
  // A handshake that fails is the client's matter.
  server.on('tlsClientError', (_, socket) => socket.destroy())
  return server.on('secureConnection', (socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
}

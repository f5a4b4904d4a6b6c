import { once } from 'node:events'
import http, { type RequestListener, type Server } from 'node:http'
import type net from 'node:net'
import { type DemuxOptions, createDemux } from './demux.js'

export interface SharedPortOptions extends DemuxOptions {
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string
  /** 0: any that is free. */
  readonly port: number
  /** Connections at a time; more are closed at once. Default: 20,000. */
  readonly maxConnections?: number
  /** A connection was closed because there are too many. */
  readonly onTooMany?: () => void
}

/** A port that several servers share. */
export interface SharedPort {
  readonly host: string
  readonly port: number
  /** Takes no more connections; lets go of those that are open after so long. Default: at once. */
  close(graceMs?: number): Promise<void>
}

/** @throws as Node's `listen` does, e.g. `EADDRINUSE` */
export async function startSharedPort({ host = '127.0.0.1', port, ...options }: SharedPortOptions): Promise<SharedPort> {
  const listener = createDemux(options)
  listener.maxConnections = options.maxConnections ?? 20_000
  if (options.onTooMany) listener.on('drop', options.onTooMany)
  const sockets = new Set<net.Socket>()
  listener.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  listener.listen({ host, port })
  await once(listener, 'listening')
  const address = listener.address() as net.AddressInfo
  return {
    host: address.address,
    port: address.port,
    async close(graceMs = 0) {
      const closed = once(listener, 'close')
      listener.close()
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, graceMs)
      await closed
      clearTimeout(timer)
    },
  }
}

export interface ApiPortOptions extends Omit<SharedPortOptions, 'takers'> {
  /** An HTTPS server that need not listen itself, e.g. fastify's `server` after `ready()`. */
  readonly secure: Pick<Server, 'emit'>
  readonly plain: RequestListener
}

/** The API over HTTPS and, for companions of Kuma's first years, the bootstrap over plain HTTP on the same port. */
export function startApiPort({ secure, plain, ...options }: ApiPortOptions): Promise<SharedPort> {
  const server = http.createServer({ requestTimeout: 30_000, headersTimeout: 5_000 }, plain)
  return startSharedPort({
    ...options,
    takers: { tls: (socket) => void secure.emit('connection', socket), http1: (socket) => void server.emit('connection', socket) },
  })
}

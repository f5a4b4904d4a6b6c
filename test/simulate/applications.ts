import { type Server as HttpServer, type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { type Http2Server, createServer as createHttp2Server } from 'node:http2'
import { type Server, type Socket, createServer as createNetServer } from 'node:net'

/** What an application says of a request that reached it. */
export interface Reached {
  readonly address: string
  readonly port: number
  readonly method: string
  readonly path: string
  readonly host: string
  /** Values by lower-case name, in the order in which they came. */
  readonly headers: Readonly<Record<string, readonly string[]>>
}

/** Starts an application at each address: it answers with what it was asked, in HTTP/1.1 or HTTP/2, whichever it is asked in. */
export async function startApplications(addresses: readonly string[], port: number): Promise<() => Promise<void>> {
  const stops = await Promise.all(addresses.map((address) => start(address, port)))
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
  }
}

async function start(address: string, port: number): Promise<() => Promise<void>> {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const headers: Record<string, string[]> = {}
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      (headers[request.rawHeaders[i]?.toLowerCase() ?? ''] ??= []).push(request.rawHeaders[i + 1] ?? '')
    const host = request.headers.host ?? String(request.headers[':authority'] ?? '')
    const reached: Reached = { address, port, method: request.method ?? '', path: request.url ?? '', host, headers }
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reached))
  }
  const http = createServer({ keepAliveTimeout: 120_000 }, answer)
  const http2 = createHttp2Server(answer as unknown as Parameters<typeof createHttp2Server>[0])
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
    handOver(socket, http, http2)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve))
  return () => closed(server, sockets)
}

/** HTTP/2 begins with a request that no HTTP/1.1 client makes. */
function handOver(socket: Socket, http: HttpServer, http2: Http2Server): void {
  socket.once('readable', () => {
    const first: Buffer | null = socket.read()
    if (!first) return
    socket.unshift(first)
    const server = first.subarray(0, 3).toString() === 'PRI' ? http2 : http
    server.emit('connection', socket)
  })
}

async function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const socket of sockets) socket.destroy()
  await done
}

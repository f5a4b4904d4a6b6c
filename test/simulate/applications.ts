import { type Server, createServer } from 'node:http'

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

/** Starts an application at each address: it answers with what it was asked. */
export async function startApplications(addresses: readonly string[], port: number): Promise<() => Promise<void>> {
  const servers = await Promise.all(addresses.map((address) => start(address, port)))
  return async () => {
    await Promise.all(servers.map((server) => closed(server)))
  }
}

function start(address: string, port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const headers: Record<string, string[]> = {}
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      (headers[request.rawHeaders[i]?.toLowerCase() ?? ''] ??= []).push(request.rawHeaders[i + 1] ?? '')
    const reached: Reached = {
      address,
      port,
      method: request.method ?? '',
      path: request.url ?? '',
      host: request.headers.host ?? '',
      headers,
    }
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reached))
  })
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, address, () => resolve(server)))
}

function closed(server: Server): Promise<unknown> {
  const done = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  return done
}

import { once } from 'node:events'
import net from 'node:net'

/** What becomes of a connection when its client says COMMIT. */
export type AtCommit = 'pass' | 'cut-before' | 'cut-after'

/** Stands between a client and a server, and cuts connections at the moment where it hurts most. */
export interface CuttingProxy {
  readonly port: number
  /** Connections that were cut so far. */
  readonly cuts: number
  /** Takes no more connections; those that are there go on. */
  refuse(): void
  close(): Promise<void>
}

/** The driver sends it as a simple query of its own. */
const commit = Buffer.from('COMMIT\0')

/** @param decide asked at each commit */
export async function startCuttingProxy(server: number, decide: () => AtCommit): Promise<CuttingProxy> {
  let cuts = 0
  let refusing = false
  const sockets = new Set<net.Socket>()
  const proxy = net.createServer((client) => {
    if (refusing) return client.destroy()
    const upstream = net.connect(server, '127.0.0.1')
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
      socket.on('close', () => sockets.delete(socket))
    }
    let deaf = false
    upstream.on('data', (chunk) => {
      if (deaf) end()
      else client.write(chunk)
    })
    client.on('data', (chunk) => {
      const what = chunk.includes(commit) ? decide() : 'pass'
      if (what !== 'pass') cuts += 1
      if (what === 'cut-before') return end()
      // The server does it, and its answer gets lost.
      deaf ||= what === 'cut-after'
      upstream.write(chunk)
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    port: (proxy.address() as net.AddressInfo).port,
    get cuts() {
      return cuts
    },
    refuse() {
      refusing = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}

import { once } from 'node:events'
import net from 'node:net'

/** A way to a server of this machine on which connections break off, all that there are, every now and then. */
export interface CutConnections {
  readonly port: number
  /** Cuts from now on. */
  begin(): void
  close(): Promise<void>
}

/** @param chance of a cut, every 15 ms */
export async function cutConnections(target: number, chance: number): Promise<CutConnections> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((near) => {
    const far = net.connect(target, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(one)
          other.destroy()
        })
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let cutting: NodeJS.Timeout | undefined
  return {
    port: (server.address() as net.AddressInfo).port,
    begin() {
      cutting = setInterval(() => {
        if (Math.random() < chance) for (const socket of sockets) socket.destroy()
      }, 15)
    },
    async close() {
      clearInterval(cutting)
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

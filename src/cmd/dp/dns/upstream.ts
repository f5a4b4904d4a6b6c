import dgram from 'node:dgram'
import { getServers } from 'node:dns'
import { once } from 'node:events'

const timeoutMs = 5000

/** Where the system asks for names. */
export interface Upstream {
  readonly host: string
  readonly port: number
}

/** The first name server of the system. Undefined: it has none. */
export function systemUpstream(): Upstream | undefined {
  const [server] = getServers()
  const parts =
    server === undefined
      ? null
      : /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(server.includes('.') || server.startsWith('[') ? server : `[${server}]`)
  return parts?.[1] ? { host: parts[1], port: Number(parts[2] ?? 53) } : undefined
}

/** Hands a query on as it is. A socket of its own for each keeps strangers from guessing where the answer is awaited. */
export async function askUpstream(query: Buffer, { host, port }: Upstream): Promise<Buffer> {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    socket.connect(port, host)
    await once(socket, 'connect', { signal })
    socket.send(query)
    for (;;) {
      const [answer] = (await once(socket, 'message', { signal })) as [Buffer]
      if (answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0)) return answer
    }
  } finally {
    socket.close()
  }
}

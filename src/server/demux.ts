import net from 'node:net'

/** What a client that has just connected speaks, by its first bytes. */
export type Spoken = 'tls' | 'http2' | 'http1'

/** Takes a connection over; nothing was read from it as far as it can tell. */
export type Taker = (socket: net.Socket) => void

export interface DemuxOptions {
  /** Who takes which connection; others are closed. */
  readonly takers: Partial<Record<Spoken, Taker>>
  /** Clients that say nothing for so long are let go. Default: 5000. */
  readonly patienceMs?: number
}

/** A server that looks at the first bytes of each connection and hands it on to who understands them: many protocols on one port. */
export function createDemux({ takers, patienceMs = 5000 }: DemuxOptions): net.Server {
  return net.createServer({ noDelay: true, keepAlive: true }, (socket) => {
    // Who takes the connection over listens too; until then errors concern nobody.
    socket.on('error', () => {})
    sniff(socket, patienceMs, (spoken) => {
      const taker = spoken && takers[spoken]
      if (taker) taker(socket)
      else socket.destroy()
    })
  })
}

function sniff(socket: net.Socket, patienceMs: number, onSniffed: (spoken: Spoken | undefined) => void): void {
  let read = Buffer.alloc(0)
  const finish = (spoken: Spoken | undefined) => {
    clearTimeout(timer)
    socket.off('readable', onReadable).off('end', onEnd)
    if (read.length > 0) socket.unshift(read)
    onSniffed(spoken)
  }
  const onEnd = () => finish(undefined)
  const onReadable = () => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    read = Buffer.concat([read, chunk])
    const spoken = spokenIn(read)
    if (spoken) finish(spoken)
  }
  const timer = setTimeout(() => finish(undefined), patienceMs)
  socket
    .on('readable', onReadable)
    .on('end', onEnd)
    .once('close', () => clearTimeout(timer))
}

const tlsHandshake = 0x16
const http2Preface = Buffer.from('PRI * HTTP/2.0')

/** Undefined: the bytes so far could still be the beginning of either HTTP. */
function spokenIn(bytes: Buffer): Spoken | undefined {
  if (bytes[0] === tlsHandshake) return 'tls'
  const length = Math.min(bytes.length, http2Preface.length)
  if (!bytes.subarray(0, length).equals(http2Preface.subarray(0, length))) return 'http1'
  return length === http2Preface.length ? 'http2' : undefined
}

import dgram from 'node:dgram'
import { once } from 'node:events'
import { decode, encode } from 'dns-packet'
import type { Logger } from '../../log.js'
import { answerOf, noRecords, readDnsConfig } from './records.js'
import { type Upstream, askUpstream } from './upstream.js'

/** Answers to the mesh's host names and asks the system's name server for others: what DNS traffic is redirected to. */
export interface DnsServer {
  readonly port: number
  /** Takes what the control plane says. @throws Error where that can't be read */
  configure(text: string): void
  close(): void
}

export interface DnsServerOptions {
  readonly hosts: readonly string[]
  /** 0: any that is free, for one host. */
  readonly port: number
  /** Absent: names that are not the mesh's are not found. */
  readonly upstream: Upstream | undefined
  readonly log: Logger
}

const serverFailure = 2

/** @throws as Node's `bind` does, e.g. `EADDRINUSE` */
export async function startDnsServer({ hosts, port, upstream, log }: DnsServerOptions): Promise<DnsServer> {
  let records = noRecords
  const answer = async (query: Buffer): Promise<Buffer> => {
    const packet = decode(query)
    const own = answerOf(packet, records)
    if (own) return encode(own)
    try {
      if (!upstream) throw new Error('the system has no name server')
      return await askUpstream(query, upstream)
    } catch (error) {
      log.warn({ question: packet.questions?.[0]?.name }, `a name can't be looked up: ${(error as Error).message}`)
      return encode({
        type: 'response',
        id: packet.id,
        flags: ((packet.flags ?? 0) & (1 << 8)) | serverFailure,
        questions: packet.questions,
      })
    }
  }
  const sockets = hosts.map((host) => {
    const socket = dgram.createSocket(host.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })
    socket.on('message', (query, from) => {
      answer(query).then(
        (bytes) => socket.send(bytes, from.port, from.address),
        // What is no query gets no answer.
        (error: Error) => log.debug(`not a DNS query: ${error.message}`),
      )
    })
    socket.bind(port, host)
    return socket
  })
  const close = () => {
    for (const socket of sockets) socket.close()
  }
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'listening')))
  } catch (error) {
    close()
    throw error
  }
  for (const socket of sockets) socket.on('error', (error) => log.error(`the DNS server has a problem: ${error.message}`))
  return {
    port: sockets[0]?.address().port ?? 0,
    close,
    configure(text) {
      records = readDnsConfig(text)
    },
  }
}

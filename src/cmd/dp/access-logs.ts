import { execFile } from 'node:child_process'
import { constants, openSync, rmSync } from 'node:fs'
import net from 'node:net'
import { promisify } from 'node:util'
import type { Logger } from '../log.js'

/** Hands the access logs of TCP backends on: Envoy writes them into a named pipe, each with the address that it is for. */
export interface AccessLogForwarder {
  close(): void
}

/** What one address may be behind, in bytes; what comes then is lost, not kept. */
const mostPending = 1 << 20
const longestLine = 1 << 20
const connectTimeoutMs = 5000

/**
 * Makes the pipe and reads it from now on. It has to be there before Envoy starts: Envoy would wait for a reader, or make
 * a file that grows for ever.
 */
export async function startAccessLogForwarder(path: string, log: Logger): Promise<AccessLogForwarder> {
  rmSync(path, { force: true })
  await promisify(execFile)('mkfifo', ['-m', '600', path])
  // Also open for writing, so that the pipe doesn't end when Envoy closes its side.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const pipe = new net.Socket({ fd, readable: true, writable: false })
  const receivers = new Receivers(log)
  let rest = ''
  pipe.setEncoding('utf8')
  pipe.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) rest = ''
    for (const line of lines) {
      const entry = readEntry(line)
      if (entry) receivers.send(entry)
      else log.warn('an access log entry is neither JSON nor "address;message": it is lost')
    }
  })
  pipe.on('error', (error) => log.error(`access logs are no longer handed on: ${error.message}`))
  return {
    close() {
      pipe.destroy()
      receivers.close()
    },
  }
}

export interface AccessLogEntry {
  /** Host and port. */
  readonly address: string
  readonly message: string
}

/** Reads `{"address": ..., "message": ...}` (a message that is an object becomes a line) or `address;message`. */
export function readEntry(line: string): AccessLogEntry | undefined {
  if (line.startsWith('{')) {
    try {
      const { address, message } = JSON.parse(line) as { address?: unknown; message?: unknown }
      if (typeof address !== 'string' || message === undefined) return undefined
      return { address, message: typeof message === 'string' ? message : `${JSON.stringify(message)}\n` }
    } catch {
      return undefined
    }
  }
  const end = line.indexOf(';')
  return end < 0 ? undefined : { address: line.slice(0, end), message: `${line.slice(end + 1)}\n` }
}

/** Connections to those who want access logs. */
class Receivers {
  private readonly sockets = new Map<string, net.Socket>()
  /** Addresses that nobody was found at, so that it is said once and not for each entry. */
  private readonly silent = new Set<string>()

  constructor(private readonly log: Logger) {}

  send({ address, message }: AccessLogEntry): void {
    const socket = this.sockets.get(address) ?? this.connect(address)
    if (socket && socket.writableLength < mostPending) socket.write(message)
  }

  close(): void {
    for (const socket of this.sockets.values()) socket.end()
    this.sockets.clear()
  }

  private connect(address: string): net.Socket | undefined {
    const target = URL.canParse(`tcp://${address}`) ? new URL(`tcp://${address}`) : undefined
    const port = Number(target?.port)
    if (!target || !port) {
      this.lose(address, 'it is no address with a port')
      return undefined
    }
    const socket = net.connect({ host: target.hostname.replace(/^\[(.*)\]$/, '$1'), port })
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs)
    socket.once('connect', () => {
      clearTimeout(timer)
      this.silent.delete(address)
      this.log.info({ address }, 'access logs are handed on')
    })
    socket.on('error', (error) => this.lose(address, error.message))
    socket.once('close', () => {
      clearTimeout(timer)
      if (this.sockets.get(address) === socket) this.sockets.delete(address)
    })
    socket.resume()
    this.sockets.set(address, socket)
    return socket
  }

  private lose(address: string, reason: string): void {
    if (this.silent.has(address)) return
    this.silent.add(address)
    this.log.warn({ address, reason }, 'access logs can not be handed on and are lost until then')
  }
}

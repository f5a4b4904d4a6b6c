import { once } from 'node:events'
import net from 'node:net'
import { CliFailure } from '../failure.js'

/** Ports of which any will do; both ends belong to it. */
export interface PortRange {
  readonly from: number
  readonly to: number
}

/**
 * Reads `9901`, `9901-9999`, `9901-` or `-9901`. Empty, `-` or 0: no port, so Envoy gets no admin interface.
 * @throws CliFailure
 */
export function parsePortRange(name: string, text: string): PortRange {
  if (text === '' || text === '-' || text === '0') return { from: 0, to: 0 }
  const parts = /^(\d*)(-?)(\d*)$/.exec(text)
  const from = Number(parts?.[1] || 1)
  const to = parts?.[2] === '-' ? Number(parts[3] || 65535) : from
  if (!parts || from < 1 || to > 65535 || from > to) {
    throw new CliFailure(`${name} "${text}": expected a port or a range of ports, such as 9901 or 30001-65535`)
  }
  return { from, to }
}

/**
 * The first port of the range that nobody listens on at the moment.
 * @throws CliFailure when there is none
 */
export async function freePort({ from, to }: PortRange, host = '127.0.0.1'): Promise<number> {
  for (let port = from; port <= to; port++) {
    if (port === 0 || (await isFree(port, host))) return port
  }
  throw new CliFailure(`no port from ${from} to ${to} of ${host} is free for Envoy's admin interface`)
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = net.createServer()
  try {
    await once(server.listen({ port, host, exclusive: true }), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

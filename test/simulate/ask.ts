import { Agent, request } from 'node:http'
import type { SimulatedRequest } from '../../src/simulate/index.js'
import type { Reached } from './applications.js'

/** What really became of a request. */
export interface Answer {
  /** Absent: the connection ended without an answer. */
  readonly status?: number
  readonly location?: string
  readonly reached?: Reached
}

export interface Asker {
  ask(address: string, port: number, question: SimulatedRequest): Promise<Answer>
  close(): void
}

export function createAsker(): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  return {
    ask: (address, port, { method, path, host, headers }) =>
      new Promise((resolve) => {
        const all = { host, ...headers } as Record<string, string | string[]>
        const sent = request({ host: address, port, method, path, agent, headers: all, timeout: 30_000 }, (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('error', () => resolve({}))
          response.on('end', () => {
            const reached = response.headers['content-type'] === 'application/json' ? (JSON.parse(text) as Reached) : undefined
            resolve({ status: response.statusCode, location: response.headers.location, reached })
          })
        })
        sent.on('timeout', () => sent.destroy())
        sent.on('error', () => resolve({}))
        sent.end()
      }),
    close: () => agent.destroy(),
  }
}

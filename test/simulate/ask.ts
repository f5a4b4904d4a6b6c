import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { Agent as TlsAgent, request as requestOverTls } from 'node:https'
import type { SimulatedRequest } from '../../src/simulate/index.js'
import type { Reached } from './applications.js'

/** What really became of a request. */
export interface Answer {
  /** Absent: the connection ended without an answer. */
  readonly status?: number
  readonly grpcStatus?: number
  readonly location?: string
  readonly reached?: Reached
}

export interface Asker {
  ask(address: string, port: number, question: SimulatedRequest): Promise<Answer>
  close(): void
}

const patienceMs = 30_000
const keepAlive = { keepAlive: true, maxSockets: 2 }

export function createAsker(): Asker {
  const [agent, tlsAgent] = [new Agent(keepAlive), new TlsAgent({ ...keepAlive, rejectUnauthorized: false })]
  const sessions = new Map<string, ClientHttp2Session>()
  return {
    ask(address, port, question) {
      if (question.protocol === 'http2') return askHttp2(sessionTo(sessions, `http://${address}:${port}`), question)
      const { method, path, host, headers, sni } = question
      const options = { host: address, port, method, path, headers: { host, ...headers } as IncomingHttpHeaders, timeout: patienceMs }
      return new Promise((resolve) => {
        const sent = sni === undefined ? request({ ...options, agent }) : requestOverTls({ ...options, agent: tlsAgent, servername: sni })
        sent.on('response', (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('error', () => resolve({}))
          response.on('end', () => resolve(answerOf(response.statusCode, response.headers, text)))
        })
        sent.on('timeout', () => sent.destroy())
        sent.on('error', () => resolve({}))
        sent.end()
      })
    },
    close() {
      agent.destroy()
      tlsAgent.destroy()
      for (const session of sessions.values()) session.destroy()
    },
  }
}

function answerOf(status: number | undefined, headers: IncomingHttpHeaders, text: string): Answer {
  const reached = headers['content-type'] === 'application/json' ? (JSON.parse(text) as Reached) : undefined
  const grpcStatus = headers['grpc-status']
  return { status, ...(grpcStatus !== undefined && { grpcStatus: Number(grpcStatus) }), location: headers.location, reached }
}

/** One that ended is replaced. */
function sessionTo(sessions: Map<string, ClientHttp2Session>, authority: string): ClientHttp2Session {
  const known = sessions.get(authority)
  if (known && !known.closed && !known.destroyed) return known
  const session = connect(authority)
  session.on('error', () => {})
  sessions.set(authority, session)
  return session
}

function askHttp2(session: ClientHttp2Session, { method, path, host, headers }: SimulatedRequest): Promise<Answer> {
  return new Promise((resolve) => {
    const own = { ':method': method, ':path': path, ':authority': host, ':scheme': 'http' }
    const stream = session.request({ ...own, ...(headers as Record<string, string | string[]>) }, { endStream: true })
    let [answer, text]: [IncomingHttpHeaders & { ':status'?: number }, string] = [{}, '']
    stream.setEncoding('utf8').setTimeout(patienceMs, () => stream.destroy())
    stream.on('response', (received) => (answer = received))
    stream.on('data', (chunk: string) => (text += chunk))
    stream.on('error', () => resolve({}))
    stream.on('close', () => resolve(answer[':status'] === undefined ? {} : answerOf(answer[':status'], answer, text)))
    stream.end()
  })
}

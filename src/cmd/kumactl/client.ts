import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import type { ControlPlaneEntry } from './config-file.js'
import { CliFailure } from './failure.js'

/** How long kumactl waits for an answer. */
const timeoutMs = 60_000

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Talks with one control plane's REST API. */
export interface ApiClient {
  get(path: string): Promise<unknown>
  put(path: string, body: unknown): Promise<Answer>
  post(path: string, body: unknown): Promise<string>
  delete(path: string): Promise<void>
  close(): Promise<void>
}

interface ApiError {
  readonly title?: string
  readonly detail?: string
  readonly details?: string
  readonly invalid_parameters?: readonly { readonly field: string; readonly reason: string }[]
}

export function createApiClient({ coordinates }: ControlPlaneEntry): ApiClient {
  const { url, caCertFile, skipVerify, headers = [], authConf } = coordinates.apiServer
  if (skipVerify && url.startsWith('https:'))
    process.stderr.write('Warning: the control plane’s certificate is not verified (skipVerify)\n')
  const agent = new Agent({
    connect: { ca: caCertFile ? readFileSync(caCertFile, 'utf8') : undefined, rejectUnauthorized: !skipVerify },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  const token = authConf?.['token']
  const common: Record<string, string> = {
    accept: 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...Object.fromEntries(headers.map(({ key, value }) => [key, value])),
  }

  async function call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<{ status: number; text: string }> {
    try {
      const response = await request(url.replace(/\/$/, '') + path, {
        method,
        dispatcher: agent,
        headers: body === undefined ? common : { ...common, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      return { status: response.statusCode, text: await response.body.text() }
    } catch (error) {
      const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error)
      throw new CliFailure(`could not reach the control plane at ${url}: ${reason}`)
    }
  }

  async function checked(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; text: string }> {
    const answer = await call(method, path, body)
    if (answer.status >= 400) throw new CliFailure(describeError(answer.status, answer.text))
    return answer
  }

  return {
    get: async (path) => parseJson((await checked('GET', path)).text),
    put: async (path, body) => {
      const { status, text } = await checked('PUT', path, body)
      return { status, body: parseJson(text) }
    },
    post: async (path, body) => (await checked('POST', path, body)).text,
    delete: async (path) => void (await checked('DELETE', path)),
    close: () => agent.close(),
  }
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new CliFailure('the control plane’s answer is not JSON: is this the address of its API server?')
  }
}

/** `<title> (<details>)`, and a line for each field that is wrong. */
function describeError(status: number, text: string): string {
  let error: ApiError
  try {
    error = JSON.parse(text) as ApiError
  } catch {
    return `the control plane answered ${status}: ${text.slice(0, 500)}`
  }
  const details = error.detail ?? error.details ?? ''
  const lines = (error.invalid_parameters ?? []).map(({ field, reason }) => `\n* ${field}: ${reason}`)
  return `${error.title ?? `status ${status}`}${details ? ` (${details})` : ''}${lines.join('')}`
}

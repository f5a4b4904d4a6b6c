import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { CliFailure } from '../failure.js'
import type { Logger } from '../log.js'

export interface WaitOptions {
  /** Of loopback: where the proxy says whether it is ready. */
  readonly url: string
  readonly timeoutMs: number
  readonly checkFrequencyMs: number
  readonly requestTimeoutMs: number
  readonly log: Logger
}

const loopback = ['localhost', '127.0.0.1', '[::1]']

/** Resolves once the proxy is ready: for applications that must not start before it. @throws CliFailure when it isn't in time */
export async function waitForProxy({ url, timeoutMs, checkFrequencyMs, requestTimeoutMs, log }: WaitOptions): Promise<void> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' || !loopback.includes(parsed.hostname)) {
    throw new CliFailure(`--url "${url}": expected a URL of this machine, such as http://localhost:9901/ready`)
  }
  const end = performance.now() + timeoutMs
  for (let why = ''; performance.now() < end; ) {
    const fault = await readinessFault(parsed, requestTimeoutMs)
    if (fault === undefined) return log.info('the proxy is ready')
    if (fault !== why) log.info(`the proxy is not ready yet: ${fault}`)
    why = fault
    await sleep(Math.max(0, Math.min(checkFrequencyMs, end - performance.now())))
  }
  throw new CliFailure(`the proxy was not ready within ${timeoutMs / 1000} s`)
}

function readinessFault(url: URL, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, ({ statusCode }) => {
      request.destroy()
      resolve(statusCode === 200 ? undefined : `status ${statusCode}`)
    })
    request.once('error', (error) => resolve(error.message))
  })
}

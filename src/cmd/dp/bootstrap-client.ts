import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BootstrapRequest } from '../../translate/bootstrap.js'
import { CliFailure } from '../failure.js'
import type { MetricsSource } from './metrics/scrape.js'

export interface BootstrapClientOptions {
  readonly url: URL
  /** PEM text of the CA of the control plane. Absent: what the system trusts. */
  readonly ca?: string
  readonly skipVerify: boolean
  readonly retryBackoffMs: number
  readonly retryMaxMs: number
  readonly signal: AbortSignal
  /** Told of every attempt that failed and is made again. */
  readonly onRetry: (reason: string) => void
}

export interface FetchedBootstrap {
  /** Envoy's configuration as YAML. */
  readonly bootstrap: string
  /** Address of the proxy, where the control plane tells it. */
  readonly address?: string
  /** Metrics of the application that belong to the proxy's. */
  readonly metrics: readonly MetricsSource[]
}

/** A refusal that would only be repeated. */
class Refused extends CliFailure {}

/**
 * Asks the control plane for the bootstrap configuration until it gives one, refuses for good, or the time is over.
 * @throws CliFailure
 */
export async function fetchBootstrap(request: BootstrapRequest, options: BootstrapClientOptions): Promise<FetchedBootstrap> {
  const body = JSON.stringify(request)
  const end = performance.now() + options.retryMaxMs
  for (;;) {
    try {
      return await attempt(body, options)
    } catch (error) {
      if (error instanceof Refused || options.signal.aborted) throw error
      const reason = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code || error.name : String(error)
      if (performance.now() + options.retryBackoffMs > end)
        throw new CliFailure(`no bootstrap configuration from ${options.url.origin}: ${reason}`)
      options.onRetry(reason)
      await sleep(options.retryBackoffMs, undefined, { signal: options.signal })
    }
  }
}

async function attempt(body: string, { url, ca, skipVerify, signal }: BootstrapClientOptions): Promise<FetchedBootstrap> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const common = { method: 'POST', headers, agent: false, signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) }
  const sent =
    url.protocol === 'https:' ? https.request(url, { ...common, ca, rejectUnauthorized: !skipVerify }) : http.request(url, common)
  sent.end(body)
  const [response] = (await once(sent, 'response').catch((error: unknown) => {
    throw explained(error, url)
  })) as [http.IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString()
  if (response.statusCode === 200) return read(text)
  if (response.statusCode === 404 && text === '') {
    throw new Error('the control plane has no such Dataplane (yet): create it with kumactl apply, or hand it over with --dataplane-file')
  }
  if (response.statusCode === 404)
    throw new Error(`${url.origin} has no bootstrap: expected the dp server of a control plane, port 5678 by default`)
  const status = response.statusCode ?? 0
  if (status >= 400 && status < 500) throw new Refused(`the control plane refused the bootstrap: ${text.trim() || `status ${status}`}`)
  throw new Error(`the control plane answered with status ${status}`)
}

/** Certificates that can't be trusted stay so: the person has to say which CA to trust. */
function explained(error: unknown, url: URL): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  if (!untrusted.has(code)) return error
  return new Refused(
    `the certificate of ${url.origin} is not trusted (${code}): name the control plane's CA with --ca-cert-file, ` +
      'for a certificate that kuma-cp made itself: the file kuma-cp.crt in its work folder',
  )
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
])

/** Kuma's envelope; the first Kumas answered with the configuration itself. */
function read(text: string): FetchedBootstrap {
  if (!text.trimStart().startsWith('{')) return { bootstrap: text, metrics: [] }
  const answer = JSON.parse(text) as Envelope
  if (typeof answer.bootstrap !== 'string') throw new Error('the answer of the control plane holds no bootstrap configuration')
  const { networking, metrics } = answer.kumaSidecarConfiguration ?? {}
  return {
    bootstrap: Buffer.from(answer.bootstrap, 'base64').toString(),
    address: networking?.address || undefined,
    metrics: metrics?.aggregate ?? [],
  }
}

interface Envelope {
  readonly bootstrap?: string
  readonly kumaSidecarConfiguration?: {
    readonly networking?: { readonly address?: string }
    readonly metrics?: { readonly aggregate?: readonly MetricsSource[] | null }
  }
}

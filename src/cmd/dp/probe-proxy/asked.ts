import type { IncomingHttpHeaders } from 'node:http'
import { probeHeaders } from '../../../kubernetes/injector/probes.js'

/** What a probe that was led here asks of the application. */
export type AskedProbe = { readonly port: number; readonly timeoutMs: number } & (
  | { readonly kind: 'tcp' }
  | { readonly kind: 'grpc'; readonly service: string }
  | { readonly kind: 'http'; readonly path: string; readonly secure: boolean; readonly headers: IncomingHttpHeaders }
)

const own = new Set(Object.values(probeHeaders).map((name) => name.toLowerCase()))
/** Of the connection to here, not of the request. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length', 'host'])
const longestTimeoutSeconds = 3600

/**
 * Reads `/tcp/<port>`, `/grpc/<port>` and `/<port>/<path>`, with what the injector wrote into headers. Undefined where the path says none.
 */
export function askedProbe(url: string, headers: IncomingHttpHeaders): AskedProbe | undefined {
  const header = (name: keyof typeof probeHeaders) => single(headers[probeHeaders[name].toLowerCase()])
  const [, kind, portText = '', rest = ''] = /^\/(?:(tcp|grpc)\/)?(\d{1,5})(\/.*|\?.*)?$/.exec(url) ?? []
  const port = Number(portText)
  if (portText === '' || port < 1 || port > 65535) return undefined
  const seconds = Number(header('timeout') ?? 1)
  const timeoutMs = 1000 * (Number.isInteger(seconds) && seconds > 0 ? Math.min(seconds, longestTimeoutSeconds) : 1)
  if (kind === 'tcp') return { kind, port, timeoutMs }
  if (kind === 'grpc') return { kind, port, timeoutMs, service: header('grpcService') ?? '' }
  const host = header('host')
  const passed = Object.entries(headers).filter(([name]) => !own.has(name) && !ofConnection.has(name))
  return {
    ...{ kind: 'http', port, timeoutMs },
    path: rest.startsWith('/') ? rest : `/${rest}`,
    secure: header('scheme') === 'HTTPS',
    headers: { ...Object.fromEntries(passed), ...(host !== undefined && { host }) },
  }
}

const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

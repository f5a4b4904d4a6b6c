import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { accessDenied } from './errors.js'

export interface HostRules {
  /** Names besides those of loopback that this API is reached by, e.g. of a proxy before it. */
  readonly hosts: readonly string[]
  /** Origins that pages may send requests from: texts as browsers send them (`https://gui.example.com`), or patterns. */
  readonly origins: readonly (string | RegExp)[]
}

/**
 * Keeps web pages out: a browser names the page it acts for in `Origin`, and a host name that somebody pointed at this
 * machine (DNS rebinding) in `Host`. The latter is checked where the request comes over loopback, and everywhere when
 * `hosts` are given.
 */
export function refuseForeignPages(app: FastifyInstance, { hosts, origins }: HostRules): void {
  const known = new Set(hosts.map((host) => host.toLowerCase()))
  app.addHook('onRequest', async (request) => {
    const { host = '', origin } = request.headers
    const name = authority('http', host)?.host
    const anyHost = hosts.length === 0 && !isLoopback(request.socket.remoteAddress ?? '')
    if (!anyHost && (name === undefined || !(isLoopback(name) || known.has(name)))) {
      throw accessDenied(`Host ${JSON.stringify(host)} is not one of this control plane's: add it to the allowed hosts`)
    }
    if (isSameOrigin(origin, host)) return
    const allowed = origins.some((o) => (typeof o === 'string' ? o === origin : o.test(origin ?? '')))
    if (!allowed) throw accessDenied(`pages of ${JSON.stringify(origin)} may not use this control plane: add it to the allowed origins`)
  })
}

/** `localhost`, 127.0.0.0/8 and ::1, also where IPv6 wraps it. */
export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:(?=[\d.]+$)/, '')
  if (name === 'localhost') return true
  const version = isIP(name)
  return version === 4 ? name.startsWith('127.') : version === 6 && new URL(`http://[${name}]`).hostname === '[::1]'
}

function isSameOrigin(origin: string | undefined, requestHost: string): boolean {
  if (origin === undefined) return true
  const parts = /^(https?):\/\/([^/?#@]+)$/i.exec(origin)
  if (parts === null) return false
  const scheme = (parts[1] ?? '').toLowerCase()
  const from = authority(scheme, parts[2] ?? '')
  const to = authority(scheme, requestHost)
  return from !== undefined && to !== undefined && from.host === to.host && from.port === to.port
}

/** Host (lower case, IPv6 in brackets) and port (the scheme's where there is none) of `host[:port]`. */
function authority(scheme: string, text: string): { host: string; port: string } | undefined {
  if (text === '' || text.endsWith(':') || /[/?#@\\\s]/.test(text) || !URL.canParse(`${scheme}://${text}`)) return undefined
  const { hostname, port } = new URL(`${scheme}://${text}`)
  return { host: hostname.replace(/\.$/, ''), port: port || (scheme === 'https' ? '443' : '80') }
}

import type { ProxyKey } from '../translate/fleet.js'

/** A request (or connection) that the application behind one proxy makes. */
export interface SimulatedRequest {
  /** Who calls: a proxy by its Dataplane's name or key, or a service, of which the first proxy by name then calls. */
  readonly from: string | ProxyKey
  /**
   * What is dialled: a service, a host name of the mesh's DNS, an `address:port`, or the name of one of the caller's listeners.
   * For a builtin gateway, one of its listeners.
   */
  readonly to: string
  /** Which port, where the service has several. */
  readonly port?: number
  /** `http2`: HTTP/2 without asking first, as gRPC does. `tcp`: bytes that are not HTTP. Default: `http`, which is HTTP/1.1. */
  readonly protocol?: 'http' | 'http2' | 'tcp'
  /** Default: `GET`. */
  readonly method?: string
  /** With the query, as it goes over the wire. Default: `/`. */
  readonly path?: string
  /** `Host` or `:authority`. Default: what `to` says. */
  readonly host?: string
  /** Names in any case; several values of a name as a list. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Server name of the application's own TLS, where it speaks TLS (through passthrough, or to a gateway). */
  readonly sni?: string
}

/** An HTTP request on its way. Proxies change it as they pass it on. */
export interface HttpMessage {
  method: string
  /** With the query. */
  path: string
  authority: string
  readonly scheme: string
  /** Values by name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>
}

export function httpMessage({ method = 'GET', path = '/', host, to, headers = {}, sni }: SimulatedRequest): HttpMessage {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const)
  return { method, path, authority: host ?? to, scheme: sni === undefined ? 'http' : 'https', headers: new Map(entries) }
}

/** The values of a header, pseudo headers too, one for each time that it was sent; `undefined` where it wasn't. */
export function headerValues(message: HttpMessage, name: string): readonly string[] | undefined {
  switch (name.toLowerCase()) {
    case ':method':
      return [message.method]
    case ':path':
      return [message.path]
    case ':authority':
    case 'host':
      return [message.authority]
    case ':scheme':
      return [message.scheme]
    default:
      return message.headers.get(name.toLowerCase())
  }
}

/** The path without its query. */
export function pathOnly(path: string): string {
  const query = path.indexOf('?')
  return query < 0 ? path : path.slice(0, query)
}

import { once } from 'node:events'
import http from 'node:http'
import { parse } from 'yaml'

/** Envoy's admin interface: a Unix socket, or an address with a port. */
export type AdminAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number }

export interface EnvoyAdmin {
  readonly address: AdminAddress
  get(path: string): Promise<AdminAnswer>
  post(path: string): Promise<AdminAnswer>
}

export interface AdminAnswer {
  readonly status: number
  readonly body: string
}

/** Where a bootstrap configuration (YAML) puts the admin interface. Undefined: it has none. */
export function adminAddressIn(bootstrap: string): AdminAddress | undefined {
  const { pipe, socketAddress } = (parse(bootstrap) as Described | undefined)?.admin?.address ?? {}
  if (pipe?.path) return { socketPath: pipe.path }
  return socketAddress?.portValue ? { host: reachable(socketAddress.address), port: socketAddress.portValue } : undefined
}

interface Described {
  readonly admin?: {
    readonly address?: {
      readonly pipe?: { readonly path?: string }
      readonly socketAddress?: { readonly address?: string; readonly portValue?: number }
    }
  }
}

/** Who listens on every address is found at loopback. */
function reachable(address = '127.0.0.1'): string {
  return { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address
}

export function envoyAdmin(address: AdminAddress, timeoutMs = 5000): EnvoyAdmin {
  const send = async (method: string, path: string): Promise<AdminAnswer> => {
    const request = http.request({ ...address, method, path, timeout: timeoutMs, agent: false, headers: { host: 'localhost' } })
    request.on('timeout', () => request.destroy(new Error(`Envoy's admin interface said nothing for ${timeoutMs} ms`)))
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const body = Buffer.concat(await response.toArray()).toString()
    return { status: response.statusCode ?? 0, body }
  }
  return { address, get: (path) => send('GET', path), post: (path) => send('POST', path) }
}

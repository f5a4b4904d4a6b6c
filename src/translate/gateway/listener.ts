import type { MeshGatewayListener, MeshGatewaySpec, MeshGatewayTls } from '../../core/kinds/mesh-gateway.js'
import type { Resource } from '../../core/resource.js'
import { names } from '../names.js'
import type { Tags } from '../tags.js'

export type GatewayProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS'

/** One port of a builtin gateway: what its MeshGateway says of it, in as many entries as it likes. */
export interface GatewayListener {
  /** Name of the Envoy listener. */
  readonly name: string
  readonly port: number
  readonly protocol: GatewayProtocol
  /** Open to proxies of other meshes, which prove who they are by their own mesh's certificate. */
  readonly crossMesh: boolean
  /** Most connections at a time, where there is a limit. */
  readonly connectionLimit?: number
  readonly sites: readonly GatewaySite[]
}

/** One entry of a MeshGateway's listeners: a host name on a port. */
export interface GatewaySite {
  /** `*` matches every host, `*.example.com` each below a domain. */
  readonly hostname: string
  /** Tags of the Dataplane, the MeshGateway and the listener; the latter win. Routes and policies select by them. */
  readonly tags: Tags
  readonly tls?: MeshGatewayTls
}

export const wildcard = '*'

/** Listeners of a gateway by port, in the order in which the MeshGateway first mentions each. */
export function gatewayListeners({ name, spec }: Resource<MeshGatewaySpec>, dataplaneTags: Tags): GatewayListener[] {
  const ports = new Map<number, MeshGatewayListener[]>()
  for (const entry of spec.conf?.listeners ?? []) {
    const port = entry.port ?? 0
    const known = ports.get(port)
    if (known) known.push(entry)
    else ports.set(port, [entry])
  }
  return [...ports].flatMap(([port, entries]) => {
    const [first] = entries
    const protocol = first?.protocol
    if (!protocol || protocol === 'NONE') return []
    return {
      name: names.gatewayListener(name, protocol, port),
      port,
      protocol,
      crossMesh: first.crossMesh === true,
      connectionLimit: first.resources?.connectionLimit || undefined,
      sites: entries.map(({ hostname, tags, tls }) => ({
        hostname: hostname || wildcard,
        tags: { ...dataplaneTags, ...spec.tags, ...tags },
        tls,
      })),
    }
  })
}

export function speaksHttp({ protocol }: GatewayListener): boolean {
  return protocol === 'HTTP' || protocol === 'HTTPS'
}

/** Whether each host name has a certificate, a filter chain and routes of its own. */
export function splitsByServerName({ protocol }: GatewayListener): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS'
}

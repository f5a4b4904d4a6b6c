import type { MeshGatewayListener, MeshGatewaySpec, MeshGatewayTls } from '../../core/kinds/mesh-gateway.js'
import type { Resource } from '../../core/resource.js'
import { names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { type ListenerAddress, type MatchedRules, type ToRules, selectGateway } from '../rules/index.js'
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

/** The MeshGateway that a builtin gateway serves. Other proxies, and those that no MeshGateway selects, have none. */
export function ownGateway({ mesh, dataplane }: ProxyContext): Resource<MeshGatewaySpec> | undefined {
  if (dataplane.spec.networking?.gateway?.type !== 'BUILTIN') return undefined
  return selectGateway(dataplane, mesh.resourcesOf<MeshGatewaySpec>('MeshGateway')) as Resource<MeshGatewaySpec> | undefined
}

/** What a builtin gateway listens on. */
export function ownListeners(proxy: ProxyContext): GatewayListener[] {
  const gateway = ownGateway(proxy)
  return gateway ? gatewayListeners(gateway, proxy.dataplane.spec.networking?.gateway?.tags ?? {}) : []
}

export function listenerAddress({ port }: GatewayListener, { dataplane }: ProxyContext): ListenerAddress {
  return { address: dataplane.spec.networking?.address ?? '', port }
}

/** The rules for one site of a listener. */
export function siteRules<Conf>(
  rules: MatchedRules<Conf>,
  { hostname }: GatewaySite,
  listener: GatewayListener,
  proxy: ProxyContext,
): ToRules<Conf> {
  return rules.gateway.forHostname(listenerAddress(listener, proxy), hostname)
}

/** Whether rules of a kind speak of any site of the gateway. */
export function speaksOfGateway(rules: MatchedRules, proxy: ProxyContext): boolean {
  return ownListeners(proxy).some((listener) => listener.sites.some((site) => siteRules(rules, site, listener, proxy).services.length > 0))
}

/** Listeners of a gateway by port, in the order in which the MeshGateway first mentions each. */
function gatewayListeners({ name, spec }: Resource<MeshGatewaySpec>, dataplaneTags: Tags): GatewayListener[] {
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

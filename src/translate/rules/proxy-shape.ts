/** A proxy as the targetRefs of policies see it. */
import type { Resource } from '../../core/resource.js'
import { kriOf } from './kri.js'
import { displayName } from './resource-labels.js'
import { type GatewaySpec, selectGateway } from './select-gateway.js'
import type { Tags } from '../tags.js'

/** The parts of a Dataplane's spec that count for matching. */
export interface ProxySpec {
  readonly networking?: {
    readonly address?: string
    readonly inbound?: readonly { readonly address?: string; readonly port?: number; readonly name?: string; readonly tags?: Tags }[]
    readonly gateway?: { readonly type?: string; readonly tags?: Tags }
    /** Listeners of zone proxies. */
    readonly listeners?: readonly { readonly address?: string; readonly port?: number; readonly name?: string }[]
  }
}

/** Where a proxy takes connections: an inbound, a port of its gateway, a zone proxy's listener. */
export interface ListenerAddress {
  readonly address: string
  readonly port: number
}

/** Key of a listener among a proxy's rules. */
export function listenerKey({ address, port }: ListenerAddress): string {
  return `${address}:${port}`
}

/** Key of one host name on a listener of a gateway; no name is the same as `*`. */
export function hostnameKey(listener: ListenerAddress, hostname?: string): string {
  return `${listenerKey(listener)}:${hostname || '*'}`
}

interface Section extends ListenerAddress {
  /** Its name, or its port as text. */
  readonly section: string
}

export interface ProxyShape {
  readonly resource: Resource<ProxySpec>
  readonly kri: string
  readonly proxyType: 'Sidecar' | 'Gateway'
  readonly inbounds: readonly (Section & { readonly tags: Tags })[]
  readonly zoneListeners: readonly Section[]
  /** Tags of a gateway that is not built in, which has no listeners of its own. */
  readonly delegatedGatewayTags?: Tags
  readonly builtinGateway: boolean
  /** The MeshGateway that selects the proxy. */
  readonly gateway?: {
    readonly resource: Resource<GatewaySpec>
    readonly name: string
    readonly listeners: readonly (ListenerAddress & { readonly hostname: string; readonly tags: Tags })[]
  }
}

/** @param gateways the MeshGateways of the mesh */
export function proxyShape(resource: Resource<ProxySpec>, gateways: readonly Resource<GatewaySpec>[]): ProxyShape {
  const { address = '', inbound = [], gateway, listeners = [] } = resource.spec.networking ?? {}
  const section = (of: { readonly address?: string; readonly port?: number; readonly name?: string }): Section => {
    const port = of.port ?? 0
    return { address: of.address || address, port, section: of.name || String(port) }
  }
  const builtinGateway = gateway?.type === 'BUILTIN'
  const selected = selectGateway(resource, gateways)
  return {
    resource,
    kri: kriOf(resource, 'dp'),
    proxyType: gateway ? 'Gateway' : 'Sidecar',
    inbounds: inbound.map((of) => ({ ...section(of), tags: of.tags ?? {} })),
    zoneListeners: listeners.map(section),
    builtinGateway,
    delegatedGatewayTags: gateway && !builtinGateway ? (gateway.tags ?? {}) : undefined,
    gateway: selected && {
      resource: selected,
      name: displayName(selected),
      listeners: (selected.spec.conf?.listeners ?? []).map(({ port = 0, hostname = '', tags = {} }) => ({
        address,
        port,
        hostname,
        tags: { ...gateway?.tags, ...selected.spec.tags, ...tags },
      })),
    },
  }
}

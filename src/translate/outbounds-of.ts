import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import type { MeshContext } from './mesh-context.js'
import type { Inbound, Outbound } from './proxy.js'
import { type Tags, tag } from './tags.js'

/**
 * What the proxy's application can dial: the outbounds that the Dataplane lists or, where connections are redirected to the
 * proxy, the virtual addresses of everything it may reach.
 */
export function outboundsOf(
  dataplane: Resource<DataplaneSpec>,
  mesh: MeshContext,
  { inbounds, virtual }: { readonly inbounds: readonly Inbound[]; readonly virtual: boolean },
): readonly Outbound[] {
  return virtual ? virtualOutbounds(dataplane, mesh, inbounds) : listedOutbounds(dataplane, mesh)
}

function legacyOutbound(address: string, port: number, tags: Tags, mesh: MeshContext): Outbound {
  const service = tags[tag.service] ?? ''
  return { address, port, tags, service, protocol: mesh.protocolOf(service) }
}

function listedOutbounds({ spec }: Resource<DataplaneSpec>, mesh: MeshContext): readonly Outbound[] {
  const outbounds: Outbound[] = []
  for (const outbound of spec.networking?.outbound ?? []) {
    if (outbound.backendRef) continue
    outbounds.push(legacyOutbound(outbound.address || '127.0.0.1', outbound.port ?? 0, outbound.tags ?? {}, mesh))
  }
  return outbounds
}

function virtualOutbounds({ spec }: Resource<DataplaneSpec>, mesh: MeshContext, inbounds: readonly Inbound[]): readonly Outbound[] {
  const reachable = spec.networking?.transparentProxying?.reachableServices ?? []
  const own = new Set(inbounds.map((inbound) => `${inbound.address} ${inbound.port}`))
  return mesh.vipOutbounds
    .filter(({ tags }) => reachable.length === 0 || reachable.includes(tags[tag.service] ?? ''))
    .filter(({ address, port }) => !own.has(`${address} ${port}`))
    .map(({ address, port, tags }) => legacyOutbound(address, port, tags, mesh))
}

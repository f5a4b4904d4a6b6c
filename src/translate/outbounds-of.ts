import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import type { MeshContext } from './mesh-context.js'
import type { Inbound, Outbound } from './proxy.js'
import {
  type ServiceKind,
  type RealService,
  type ServiceIndex,
  portOf,
  portServiceName,
  serviceKinds,
  serviceKri,
  withSection,
} from './services.js'
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

function tagOutbound(address: string, port: number, tags: Tags, mesh: MeshContext): Outbound {
  const service = tags[tag.service] ?? ''
  return { address, port, tags, service, protocol: mesh.protocolOf(service), external: mesh.isExternalService(service) }
}

/** An outbound to a port of a real service; none where the service has no such port. */
function serviceOutbound(address: string, port: number, service: RealService, section: string): Outbound[] {
  const target = portOf(service, section)
  if (!target) return []
  const resource = withSection(service.kri, section)
  return [{ address, port, tags: {}, service: portServiceName(service, target), protocol: target.protocol, resource }]
}

function listedOutbounds(dataplane: Resource<DataplaneSpec>, mesh: MeshContext): readonly Outbound[] {
  return (dataplane.spec.networking?.outbound ?? []).flatMap((outbound) => {
    const address = outbound.address || '127.0.0.1'
    const port = outbound.port ?? 0
    if (!outbound.backendRef) return [tagOutbound(address, port, outbound.tags ?? {}, mesh)]
    const [service] = referredServices(outbound.backendRef, dataplane, mesh.services)
    return service ? serviceOutbound(address, port, service, String(outbound.backendRef.port ?? '')) : []
  })
}

interface ServiceRef {
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly labels?: Tags
}

/** Services that a reference means: by labels all that have them, oldest first; by name the one of the proxy's own zone. */
export function referredServices(ref: ServiceRef, from: Resource, services: ServiceIndex): readonly RealService[] {
  const { kind = '', name = '', labels = {} } = ref
  if (!(kind in serviceKinds)) return []
  if (Object.keys(labels).length > 0) return services.byLabels(kind as ServiceKind, labels)
  const zone = from.labels['kuma.io/zone'] ?? ''
  const namespace = ref.namespace || (from.labels['k8s.kuma.io/namespace'] ?? '')
  const service = services.byKri(serviceKri(kind as ServiceKind, from.mesh ?? '', zone, namespace, name))
  return service ? [service] : []
}

function virtualOutbounds(dataplane: Resource<DataplaneSpec>, mesh: MeshContext, inbounds: readonly Inbound[]): readonly Outbound[] {
  const reachable = dataplane.spec.networking?.transparentProxying?.reachableServices ?? []
  const byTags = mesh.vipOutbounds
    .filter(({ tags }) => reachable.length === 0 || reachable.includes(tags[tag.service] ?? ''))
    .map(({ address, port, tags }) => tagOutbound(address, port, tags, mesh))
  const real = serviceVips(dataplane, mesh, reachable.length > 0)
  const place = ({ address, port }: { readonly address: string; readonly port: number }) => `${address} ${port}`
  // A cluster's Service is both a tag's and a MeshService's: the latter says more.
  const taken = new Set(real.map(place))
  // A proxy's own address may be a service's too (a headless one): its inbound comes first.
  const own = new Set(inbounds.map(place))
  return [...byTags.filter((outbound) => !taken.has(place(outbound))), ...real].filter((outbound) => !own.has(place(outbound)))
}

function serviceVips(dataplane: Resource<DataplaneSpec>, mesh: MeshContext, onlyListedServices: boolean): Outbound[] {
  const backends = dataplane.spec.networking?.transparentProxying?.reachableBackends
  if (!backends && (onlyListedServices || mesh.mesh.spec.meshServices?.mode === 'ReachableBackends')) return []
  const selected = backends && reachableSections(backends.refs ?? [], dataplane, mesh.services)
  return mesh.services.all.flatMap((service) =>
    service.vips.flatMap((vip) =>
      service.ports
        .filter((port) => !selected || selected.has(withSection(service.kri, port.name)))
        .flatMap((port) => serviceOutbound(vip, port.port, service, port.name)),
    ),
  )
}

/** Identifiers of the service ports that reachableBackends names; without a port it means all of a service's ports. */
function reachableSections(
  refs: readonly (ServiceRef & { readonly port?: number })[],
  dataplane: Resource<DataplaneSpec>,
  services: ServiceIndex,
): ReadonlySet<string> {
  return new Set(
    refs.flatMap((ref) =>
      referredServices(ref, dataplane, services).flatMap((service) => {
        const named = ref.port === undefined ? undefined : portOf(service, String(ref.port))
        return (named ? [named] : service.ports).map((port) => withSection(service.kri, port.name))
      }),
    ),
  )
}

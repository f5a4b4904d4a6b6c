import type { Resource } from '../core/resource.js'
import { referredServices } from './outbounds-of.js'
import { serviceDestination } from './outbound.js'
import type { Destination, ProxyContext } from './proxy.js'
import type { Protocol } from './protocol.js'
import { portOf, portServiceName, withSection } from './services.js'
import { type Tags, tag } from './tags.js'

/** Where a route sends traffic. Source: MeshHTTPRoute and MeshTCPRoute, `backendRefs`. */
export interface BackendRef {
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly labels?: Tags
  readonly tags?: Tags
  readonly port?: number
  readonly sectionName?: string
  readonly weight?: number
}

export interface Backend {
  readonly destination: Destination
  readonly protocol: Protocol
  readonly weight: number
}

/**
 * What a reference of a route means. Nothing where it has no weight or names a real service that isn't there.
 * @param from the route: names and namespaces count from where it is
 */
export function resolveBackend(ref: BackendRef, from: Resource, proxy: ProxyContext): Backend | undefined {
  const weight = ref.weight ?? 1
  if (weight === 0) return undefined
  const real =
    ref.kind === 'MeshExternalService' || ref.kind === 'MeshMultiZoneService' || (ref.kind === 'MeshService' && isRealReference(ref))
  if (!real) {
    const tags = { ...ref.tags, [tag.service]: ref.name ?? '' }
    const destination = serviceDestination(tags, proxy.mesh.isExternalService(ref.name ?? ''))
    return { destination, weight, protocol: proxy.mesh.protocolOf(ref.name ?? '') }
  }
  const [service] = referredServices(ref, from, proxy.mesh.services)
  const section = ref.sectionName || (ref.port ? String(ref.port) : (service?.ports[0]?.name ?? ''))
  const port = service && portOf(service, section)
  if (!service || !port) return undefined
  const resource = withSection(service.kri, section)
  const name = portServiceName(service, port)
  const destination: Destination = {
    name: proxy.unifiedNaming ? resource : name,
    service: name,
    tags: { [tag.service]: name },
    external: service.kind === 'MeshExternalService',
    resource,
  }
  return { destination, weight, protocol: port.protocol }
}

/** A MeshService reference with a port is to the resource, one without to all proxies of a `kuma.io/service`. */
function isRealReference({ port, sectionName, labels }: BackendRef): boolean {
  return Boolean(port || sectionName || (labels && Object.keys(labels).length > 0))
}

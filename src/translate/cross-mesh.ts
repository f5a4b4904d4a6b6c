import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { MeshGatewaySpec } from '../core/kinds/mesh-gateway.js'
import type { Resource } from '../core/resource.js'
import { type Endpoint, type Locality, localityIn } from './endpoints.js'
import type { IngressEndpoints } from './ingress-endpoints.js'
import { selectGateway } from './rules/index.js'
import { tag } from './tags.js'

/** The builtin gateways of a mesh, as far as proxies of other meshes may use them. Source: MeshGateway, `crossMesh`. */
export interface CrossMeshGateways {
  readonly mesh: string
  readonly gateways: readonly Resource<MeshGatewaySpec>[]
  /** The proxies that may serve them. */
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
}

const isCrossMesh = ({ spec }: Resource<MeshGatewaySpec>) => spec.conf?.listeners?.some(({ crossMesh }) => crossMesh) === true

const isBuiltinGateway = ({ spec }: Resource<DataplaneSpec>) => spec.networking?.gateway?.type === 'BUILTIN'

/** What every mesh has for the others, sorted by mesh; meshes that have nothing are left out. */
export function crossMeshGateways(resources: Iterable<Resource>): readonly CrossMeshGateways[] {
  const byMesh = new Map<string, { mesh: string; gateways: Resource<MeshGatewaySpec>[]; dataplanes: Resource<DataplaneSpec>[] }>()
  for (const resource of resources) {
    if (resource.mesh === undefined || !mayCrossMeshes(resource)) continue
    const entry = byMesh.get(resource.mesh) ?? { mesh: resource.mesh, gateways: [], dataplanes: [] }
    byMesh.set(resource.mesh, entry)
    if (resource.type === 'MeshGateway') entry.gateways.push(resource as Resource<MeshGatewaySpec>)
    else entry.dataplanes.push(resource as Resource<DataplaneSpec>)
  }
  const byName = (a: Resource, b: Resource) => (a.name < b.name ? -1 : 1)
  return [...byMesh.values()]
    .filter(({ gateways }) => gateways.length > 0)
    .map(({ mesh, gateways, dataplanes }) => ({ mesh, gateways: gateways.sort(byName), dataplanes: dataplanes.sort(byName) }))
    .sort((a, b) => (a.mesh < b.mesh ? -1 : 1))
}

/** Whether proxies of other meshes may have to know of a resource. */
export function mayCrossMeshes(resource: Resource): boolean {
  if (resource.type === 'MeshGateway') return isCrossMesh(resource as Resource<MeshGatewaySpec>)
  return resource.type === 'Dataplane' && isBuiltinGateway(resource as Resource<DataplaneSpec>)
}

export interface Viewpoint {
  /** Zone from which the gateways are seen. */
  readonly zone: string
  readonly localityAware: boolean
  readonly weight?: number
}

/** Listeners of gateways in this zone that proxies of other meshes may use, by the service of the gateway. */
export function crossMeshEndpoints({ gateways, dataplanes }: Omit<CrossMeshGateways, 'mesh'>, view: Viewpoint): Map<string, Endpoint[]> {
  const map = new Map<string, Endpoint[]>()
  for (const dataplane of dataplanes.filter(isBuiltinGateway)) {
    const { address = '', gateway } = dataplane.spec.networking ?? {}
    const selected = selectGateway(dataplane, gateways)
    const own = gateways.find((candidate) => candidate === selected)
    const locality: Locality | undefined = localityIn(
      gateway?.tags?.[tag.zone] ?? dataplane.labels[tag.zone],
      view.zone,
      view.localityAware,
    )
    const service = gateway?.tags?.[tag.service] ?? ''
    for (const { crossMesh, port = 0, tags } of own?.spec.conf?.listeners ?? []) {
      if (!crossMesh) continue
      const all = { ...gateway?.tags, ...own?.spec.tags, ...tags }
      const endpoint = { address, port, tags: all, labels: {}, weight: view.weight ?? 1, locality }
      map.set(service, [...(map.get(service) ?? []), endpoint])
    }
  }
  return map
}

/**
 * Where a gateway of another mesh is, by its service: behind the ingresses of other zones, and in this zone.
 * @param remote what other zones offer of the mesh; marked by the tag of the mesh is what is meant for others
 */
export function otherMeshEndpoints(
  here: CrossMeshGateways | undefined,
  remote: IngressEndpoints,
  view: Viewpoint,
): Map<string, Endpoint[]> {
  const map = new Map<string, Endpoint[]>()
  for (const [service, endpoints] of remote.endpoints) {
    const offered = endpoints.filter(({ tags }) => tag.mesh in tags)
    if (offered.length > 0) map.set(service, offered)
  }
  const local = here ? crossMeshEndpoints(here, { ...view, weight: Math.max(1, remote.instances) }) : new Map<string, Endpoint[]>()
  for (const [service, endpoints] of local) map.set(service, [...(map.get(service) ?? []), ...endpoints])
  return map
}

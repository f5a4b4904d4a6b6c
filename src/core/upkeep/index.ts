import type { DataplaneSpec } from '../kinds/dataplane.js'
import type { HostnameGeneratorSpec } from '../kinds/hostname-generator.js'
import type { MeshIdentitySpec } from '../kinds/mesh-identity.js'
import type { MeshMultiZoneServiceSpec } from '../kinds/mesh-multi-zone-service.js'
import type { MeshServiceSpec } from '../kinds/mesh-service.js'
import type { MeshTrustSpec } from '../kinds/mesh-trust.js'
import type { MeshSpec } from '../kinds/mesh.js'
import { type Resource, keyOf } from '../resource.js'
import { generatedServices, generatedWorkloads } from './generated.js'
import { withHostnames } from './hostnames.js'
import { type IdentityOptions, initialised } from './identities.js'
import { withServiceState } from './mesh-service-state.js'
import { withMatchedServices } from './multi-zone.js'
import { type Dataplane, inboundsOf, isReady } from './selected-proxies.js'
import { isRealService, withVirtualIps } from './virtual-ips.js'

export interface UpkeepOptions extends Pick<IdentityOptions, 'certificateOf'> {
  /** Zone of the control plane. */
  readonly zone: string
  /** Resources that another control plane keeps up to date: they are looked at and stay as they are. */
  readonly settled?: (resource: Resource) => boolean
}

const ofType = <Spec>(resources: readonly Resource[], type: string) => resources.filter((one) => one.type === type) as Resource<Spec>[]

/**
 * What a Universal zone control plane makes of its resources in the background: MeshServices and Workloads for its Dataplanes, trust
 * domains, the state of real services, their virtual addresses and host names.
 * @param resources in the order of their creation
 * @returns those that are new or have changed, in that order; the new ones without times
 */
export function keptUp(resources: readonly Resource[], { zone, settled = () => false, certificateOf }: UpkeepOptions): Resource[] {
  const before = new Map(resources.map((resource) => [keyOf(resource), resource]))
  const meshes = ofType<MeshSpec>(resources, 'Mesh')
  const identities = ofType<MeshIdentitySpec>(resources, 'MeshIdentity').filter((identity) => !settled(identity))
  const find: IdentityOptions['find'] = (key) => before.get(keyOf(key))
  const made = identities.flatMap((identity) => initialised(identity, { zone, meshes, find, certificateOf }))
  const generatedFrom = ofType<DataplaneSpec>(resources, 'Dataplane').filter((dataplane) => !settled(dataplane))
  const generated = [
    ...generatedServices(generatedFrom, { zone, existing: resources }),
    ...generatedWorkloads(generatedFrom, { zone, existing: resources }),
  ]
  const stated = withStates(replaced([...resources, ...generated], made), zone, settled)
  const addressed = withVirtualIps(stated)
  const named = new Map(
    ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'].flatMap((type) =>
      withHostnames(ofType(addressed, type), ofType<HostnameGeneratorSpec>(addressed, 'HostnameGenerator'), zone).map(
        (service) => [keyOf(service), service] as const,
      ),
    ),
  )
  return addressed
    .map((resource) => (isRealService(resource) ? (named.get(keyOf(resource)) ?? resource) : resource))
    .filter((resource) => {
      const old = before.get(keyOf(resource))
      return old !== resource && !(old && settled(old))
    })
}

/** The resources with some in place of those of the same key, new ones at the end. */
function replaced(resources: readonly Resource[], by: readonly Resource[]): Resource[] {
  const all = new Map([...resources, ...by].map((resource) => [keyOf(resource), resource]))
  return [...all.values()]
}

function withStates(all: readonly Resource[], zone: string, settled: (resource: Resource) => boolean): Resource[] {
  const dataplanes = ofType<DataplaneSpec>(all, 'Dataplane')
  const around = {
    zone,
    dataplanes,
    meshes: ofType<MeshSpec>(all, 'Mesh'),
    identities: ofType<MeshIdentitySpec>(all, 'MeshIdentity'),
    trusts: ofType<MeshTrustSpec>(all, 'MeshTrust'),
  }
  const services = ofType<MeshServiceSpec>(all, 'MeshService')
  return all.map((resource) => {
    if (settled(resource) || (resource.labels['kuma.io/origin'] ?? 'zone') !== 'zone') return resource
    if (resource.type === 'MeshService') return withServiceState(resource as Resource<MeshServiceSpec>, around)
    if (resource.type === 'MeshMultiZoneService') return withMatchedServices(resource as Resource<MeshMultiZoneServiceSpec>, services)
    return resource.type === 'Workload' ? withProxyCounts(resource, dataplanes) : resource
  })
}

function withProxyCounts(workload: Resource, dataplanes: readonly Dataplane[]): Resource {
  const own = dataplanes.filter(({ mesh, labels }) => mesh === workload.mesh && labels['kuma.io/workload'] === workload.name)
  const healthy = own.filter((dataplane) =>
    inboundsOf(dataplane).some((inbound) => isReady(inbound) && inbound.health?.ready !== false),
  ).length
  return { ...workload, status: { dataplaneProxies: { connected: 0, healthy, total: own.length } } }
}

import type { DataplaneSpec } from '../kinds/dataplane.js'
import type { HostnameGeneratorSpec } from '../kinds/hostname-generator.js'
import type { MeshIdentitySpec } from '../kinds/mesh-identity.js'
import type { MeshMultiZoneServiceSpec } from '../kinds/mesh-multi-zone-service.js'
import type { MeshServiceSpec } from '../kinds/mesh-service.js'
import type { MeshTrustSpec } from '../kinds/mesh-trust.js'
import type { MeshSpec } from '../kinds/mesh.js'
import { type Resource, type ResourceKey, keyOf } from '../resource.js'
import { sameValue } from '../same-value.js'
import { type Generated, generatedServices, generatedWorkloads, isLocal } from './generated.js'
import { withHostnames } from './hostnames.js'
import { type IdentityOptions, initialised } from './identities.js'
import { withServiceState } from './mesh-service-state.js'
import { withMatchedServices } from './multi-zone.js'
import { type ProxyFacts, neverSeen } from './proxy-facts.js'
import { type Removal, goneProxies } from './removal.js'
import { createProxySelector } from './selected-proxies.js'
import { type ReadinessSources, tlsReadiness } from './tls-readiness.js'
import { proxiesByWorkload, withProxyCounts } from './workloads.js'
import { isRealService, withVirtualIps } from './virtual-ips.js'

export interface UpkeepOptions extends Pick<IdentityOptions, 'authorityOf'> {
  /** Zone of the control plane. */
  readonly zone: string
  /** Resources that another control plane keeps up to date: they are looked at and stay as they are. */
  readonly settled?: (resource: Resource) => boolean
  /** What was seen of a proxy. Without it, nothing was, and it is not told either which services take TLS. */
  readonly factsOf?: (dataplane: Resource) => ProxyFacts
  /** Virtual addresses that are not to be handed out though no service has them. */
  readonly reserved?: Iterable<string>
  /** Without it, nothing is taken away. */
  readonly removal?: Removal
  /** Whether MeshServices are made of Dataplanes. Default: true. */
  readonly generatesServices?: boolean
}

const nothingGenerated: Generated = { put: [], removed: [] }

/** What a control plane has to write so that all follows from all again. */
export interface Upkeep {
  /** New ones, without times, and those that have changed. */
  readonly changed: readonly Resource[]
  readonly removed: readonly ResourceKey[]
  /** When something is to be taken away without anything having changed before, in milliseconds since 1970. */
  readonly wakeAt?: number
}

const ofType = <Spec>(resources: readonly Resource[], type: string) => resources.filter((one) => one.type === type) as Resource<Spec>[]

/**
 * What a Universal zone control plane makes of its resources in the background: MeshServices and Workloads for its Dataplanes, trust
 * domains, the state of real services, their virtual addresses and host names.
 * @param all in the order of their creation
 */
export function keepUp(all: readonly Resource[], options: UpkeepOptions): Upkeep {
  const { zone, settled = () => false, authorityOf, factsOf = () => neverSeen, reserved, removal } = options
  const gone = removal ? goneProxies(all, factsOf, removal) : { removed: [] }
  const resources = replaced(all, [], gone.removed)
  const before = new Map(resources.map((resource) => [keyOf(resource), resource]))
  const meshes = ofType<MeshSpec>(resources, 'Mesh')
  const identities = ofType<MeshIdentitySpec>(resources, 'MeshIdentity').filter((identity) => !settled(identity))
  const find: IdentityOptions['find'] = (key) => before.get(keyOf(key))
  const made = identities.flatMap((identity) => initialised(identity, { zone, meshes, find, authorityOf }))
  const generatedFrom = ofType<DataplaneSpec>(resources, 'Dataplane').filter((dataplane) => !settled(dataplane))
  const services =
    options.generatesServices === false ? nothingGenerated : generatedServices(generatedFrom, { zone, existing: resources, removal })
  const workloads = generatedWorkloads(generatedFrom, { zone, existing: resources, removal })
  const removed = [...services.removed, ...workloads.removed]
  const readiness = options.factsOf ? tlsReadiness(readinessSources(resources, options.factsOf)) : { put: [], removed: [] }
  removed.push(...readiness.removed)
  const present = replaced(resources, [...services.put, ...workloads.put, ...readiness.put, ...made], removed)
  const addressed = withVirtualIps(withStates(present, { zone, settled, factsOf }), reserved)
  const generators = ofType<HostnameGeneratorSpec>(addressed, 'HostnameGenerator')
  const named = new Map(
    ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'].flatMap((type) =>
      withHostnames(ofType(addressed, type), generators, zone).map((service) => [keyOf(service), service] as const),
    ),
  )
  const changed = addressed
    .map((resource) => (isRealService(resource) ? (named.get(keyOf(resource)) ?? resource) : resource))
    .filter((resource) => {
      const old = before.get(keyOf(resource))
      return !old || (old !== resource && !settled(old) && !sameContent(old, resource))
    })
  const wakeAt = [services.wakeAt, gone.wakeAt].filter((time) => time !== undefined)
  return { changed, removed: [...gone.removed, ...removed], ...(wakeAt.length > 0 && { wakeAt: Math.min(...wakeAt) }) }
}

function readinessSources(resources: readonly Resource[], factsOf: ReadinessSources['factsOf']): ReadinessSources {
  return {
    factsOf,
    meshes: ofType(resources, 'Mesh'),
    dataplanes: ofType(resources, 'Dataplane'),
    externalServices: ofType(resources, 'ExternalService'),
    insights: ofType(resources, 'ServiceInsight'),
  }
}

const sameContent = (a: Resource, b: Resource) =>
  sameValue(a.spec, b.spec) && sameValue(a.labels, b.labels) && sameValue(a.status, b.status)

/** The resources with some in place of those of the same key, new ones at the end, and some not. */
function replaced(resources: readonly Resource[], by: readonly Resource[], without: readonly ResourceKey[]): Resource[] {
  const all = new Map([...resources, ...by].map((resource) => [keyOf(resource), resource]))
  for (const key of without) all.delete(keyOf(key))
  return [...all.values()]
}

interface Views extends Required<Pick<UpkeepOptions, 'zone' | 'settled' | 'factsOf'>> {}

function withStates(all: readonly Resource[], { zone, settled, factsOf }: Views): Resource[] {
  const dataplanes = ofType<DataplaneSpec>(all, 'Dataplane')
  const around = {
    zone,
    factsOf,
    select: createProxySelector(dataplanes),
    meshes: ofType<MeshSpec>(all, 'Mesh'),
    identities: ofType<MeshIdentitySpec>(all, 'MeshIdentity'),
    trusts: ofType<MeshTrustSpec>(all, 'MeshTrust'),
  }
  const services = ofType<MeshServiceSpec>(all, 'MeshService')
  const workloads = proxiesByWorkload(dataplanes)
  return all.map((resource) => {
    if (settled(resource) || !isLocal(resource)) return resource
    if (resource.type === 'MeshService') return withServiceState(resource as Resource<MeshServiceSpec>, around)
    if (resource.type === 'MeshMultiZoneService') return withMatchedServices(resource as Resource<MeshMultiZoneServiceSpec>, services)
    return resource.type === 'Workload' ? withProxyCounts(resource, workloads, factsOf) : resource
  })
}

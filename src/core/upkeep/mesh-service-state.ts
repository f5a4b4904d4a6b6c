import type { MeshIdentitySpec } from '../kinds/mesh-identity.js'
import type { MeshServiceSpec } from '../kinds/mesh-service.js'
import type { MeshTrustSpec } from '../kinds/mesh-trust.js'
import type { MeshSpec } from '../kinds/mesh.js'
import type { Resource } from '../resource.js'
import { serviceTag } from '../validate/tags.js'
import { identitiesSelecting, identitySelecting, isReady, namesOnly, spiffeIdOf, trustDomainOf } from '../workload-identity.js'
import type { ProxyFacts } from './proxy-facts.js'
import { type Dataplane, type ProxySelector, inboundsOf, servesAll } from './selected-proxies.js'

/** What the state of MeshServices follows from. */
export interface ServiceSurroundings {
  readonly zone: string
  readonly meshes: readonly Resource<MeshSpec>[]
  readonly select: ProxySelector
  readonly factsOf: (dataplane: Dataplane) => ProxyFacts
  readonly identities: readonly Resource<MeshIdentitySpec>[]
  readonly trusts: readonly Resource<MeshTrustSpec>[]
}

export interface MeshServiceStatus {
  readonly tls?: { readonly status?: 'Ready' | 'NotReady' }
  readonly dataplaneProxies?: { readonly connected?: number; readonly healthy?: number; readonly total?: number }
}

/** A MeshService with what its proxies make of it: who they are, whether one of them is healthy, whether all take TLS. */
export function withServiceState(service: Resource<MeshServiceSpec>, around: ServiceSurroundings): Resource<MeshServiceSpec> {
  const proxies = around.select(service)
  const { identities: _before, ...spec } = service.spec
  const identities = identitiesOf(proxies, service.mesh, around)
  const connected = proxies.filter((proxy) => around.factsOf(proxy).connected).length
  const healthy = proxies.filter((proxy) => servesAll(spec.ports ?? [], proxy)).length
  const status: MeshServiceStatus = {
    ...(service.status as MeshServiceStatus | undefined),
    tls: { status: tlsStatus(service, proxies, around) },
    dataplaneProxies: {
      ...(connected > 0 && { connected }),
      ...(healthy > 0 && { healthy }),
      ...(proxies.length > 0 && { total: proxies.length }),
    },
  }
  const state = healthy > 0 ? 'Available' : 'Unavailable'
  return { ...service, spec: { ...spec, state, ...(identities.length > 0 && { identities }) }, status }
}

type Identity = NonNullable<MeshServiceSpec['identities']>[number]

function identitiesOf(proxies: readonly Dataplane[], mesh: string | undefined, { zone, identities }: ServiceSurroundings): Identity[] {
  const own = identities.filter((identity) => identity.mesh === mesh)
  const sorted = (type: Identity['type'], values: readonly string[]): Identity[] =>
    [...new Set(values)].sort().map((value) => ({ type, value }))
  const spiffeIds = proxies.flatMap((proxy) =>
    identitiesSelecting(proxy.labels, own)
      .filter((identity) => isReady(identity) || namesOnly(identity))
      .flatMap((identity) => {
        const domain = trustDomainOf(identity, proxy, zone)
        const id = domain.ok ? spiffeIdOf(identity, domain.text, proxy) : domain
        return id.ok ? [id.text] : []
      }),
  )
  return [...sorted('ServiceTag', proxies.flatMap(serviceTagsOf)), ...sorted('SpiffeID', spiffeIds)]
}

/** A proxy without tags is known by its workload. */
function serviceTagsOf(proxy: Dataplane): string[] {
  const tags = inboundsOf(proxy).flatMap(({ tags = {} }) => tags[serviceTag] ?? [])
  const workload = proxy.labels['kuma.io/workload']
  return tags.length > 0 || !workload ? tags : [workload]
}

/** A service that was ready once stays so: each new proxy has its certificate from the start. */
function tlsStatus(
  service: Resource,
  proxies: readonly Dataplane[],
  { zone, meshes, identities, trusts, factsOf }: ServiceSurroundings,
): 'Ready' | 'NotReady' {
  const own = identities.filter(({ mesh }) => mesh === service.mesh)
  const mtls = meshes.find(({ name }) => name === service.mesh)?.spec.mtls?.enabledBackend
  if (!mtls && own.length === 0) return 'NotReady'
  if ((service.status as MeshServiceStatus | undefined)?.tls?.status === 'Ready') return 'Ready'
  if (mtls) return proxies.every((proxy) => factsOf(proxy).certifiedBy) ? 'Ready' : 'NotReady'
  const domains = new Set(trusts.map(({ spec }) => spec.trustDomain))
  const trusted = proxies.every((proxy) => {
    const identity = identitySelecting(proxy.labels, own)
    if (!identity || !isReady(identity)) return false
    const domain = trustDomainOf(identity, proxy, zone)
    return identity.spec.provider?.type === 'Spire' || (domain.ok && domains.has(domain.text))
  })
  return trusted ? 'Ready' : 'NotReady'
}

import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { MeshIdentitySpec } from '../core/kinds/mesh-identity.js'
import type { ZoneEgressSpec } from '../core/kinds/zone-egress.js'
import type { Resource } from '../core/resource.js'
import { identitySelecting, spiffeIdOf, trustDomainOf } from '../core/workload-identity.js'

/** Where an egress listens. */
export interface EgressAddress {
  readonly address: string
  readonly port: number
}

/** An egress that proxies of a mesh go through. */
export interface EgressInstance extends EgressAddress {
  /** Whom it proves to be, where a MeshIdentity selects it. */
  readonly spiffeId?: string
}

interface EgressSources {
  readonly zone: string
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
  resourcesOf<Spec>(type: string): readonly Resource<Spec>[]
}

/**
 * The egresses that lead out of a mesh: the listeners of its own Dataplanes. Only without any, the ZoneEgresses, which serve
 * every mesh: the two kinds prove their identity in different ways, so they don't mix.
 */
export function egressInstances(sources: EgressSources): readonly EgressInstance[] {
  const own = dataplaneEgresses(sources)
  return own.length > 0 ? own : egressAddresses(sources.resourcesOf('ZoneEgress'), sources.zone)
}

function dataplaneEgresses({ zone, dataplanes, resourcesOf }: EgressSources): EgressInstance[] {
  return dataplanes.flatMap((dataplane) => {
    const listeners = (dataplane.spec.networking?.listeners ?? []).filter(
      ({ type, state = 'Ready' }) => type === 'ZoneEgress' && state === 'Ready',
    )
    if (listeners.length === 0) return []
    const identity = identitySelecting(dataplane.labels, resourcesOf<MeshIdentitySpec>('MeshIdentity'))
    const trustDomain = identity && trustDomainOf(identity, identity, zone)
    const id = identity && trustDomain?.ok ? spiffeIdOf(identity, trustDomain.text, dataplane) : undefined
    const spiffeId = id?.ok ? id.text : undefined
    return listeners.map(({ address = '', port = 0 }) => ({ address, port, spiffeId }))
  })
}

/** Where the ZoneEgresses of a zone listen. */
export function egressAddresses(egresses: readonly Resource<ZoneEgressSpec>[], zone: string): EgressAddress[] {
  return egresses
    .filter(({ spec }) => !spec.zone || spec.zone === zone)
    .map(({ spec }) => ({ address: spec.networking?.address ?? '', port: spec.networking?.port ?? 0 }))
}

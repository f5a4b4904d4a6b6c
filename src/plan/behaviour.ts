import { SocketAddress_Protocol } from '../gen/envoy/config/core/v3/address.js'
import { FilterChain } from '../gen/envoy/config/listener/v3/listener_components.js'
import { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import type { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import { socketTarget } from '../simulate/addresses.js'
import type { ResourceTypeName, SealedResource } from '../translate/snapshot.js'
import type { Impact } from './result.js'

/** What Envoy does about one resource, before anybody asks what that means to traffic. */
export interface Behaviour {
  readonly impact: Exclude<Impact, 'drops'>
  readonly drainedChains?: number
}

/** Envoy's way with an added (no `before`), changed, or removed (no `after`) resource. */
export function behaviourOf(type: ResourceTypeName, before: SealedResource | undefined, after: SealedResource | undefined): Behaviour {
  if (before?.version === after?.version) return { impact: 'no-op' }
  switch (type) {
    case 'listeners':
      return listenerBehaviour(before?.message as Listener | undefined, after?.message as Listener | undefined)
    case 'clusters':
      // A changed cluster is another one under the same name: it warms up, then takes the place of the first.
      return { impact: after ? 'warms' : 'drains' }
    case 'endpoints':
      return { impact: losesEndpoints(before, after) ? 'drains' : 'in-place' }
    case 'secrets':
      return { impact: before && after ? 'rotates' : 'in-place' }
    case 'routes':
    case 'runtimes':
      return { impact: 'in-place' }
  }
}

/** Where nothing but filter chains differ, those that stay keep their connections; else the whole listener is replaced. */
function listenerBehaviour(before: Listener | undefined, after: Listener | undefined): Behaviour {
  if (!before) return { impact: 'in-place' }
  if (!after || !inPlace(before, after)) return { impact: 'drains' }
  const staying = new Set(chainTexts(after))
  const drainedChains = chainTexts(before).filter((text) => !staying.has(text)).length
  return { impact: drainedChains > 0 ? 'drains' : 'in-place', drainedChains }
}

/** Whether Envoy updates a listener in place. Source: its listener manager, `supportUpdateFilterChain`. */
export function inPlace(before: Listener, after: Listener): boolean {
  if (isUdp(before) || isUdp(after)) return false
  if ((before.filterChains ?? []).length === 0 || (after.filterChains ?? []).length === 0) return false
  return sameBytes(withoutChains(before), withoutChains(after))
}

function isUdp({ address }: Listener): boolean {
  return address?.address?.$case === 'socketAddress' && address.address.socketAddress.protocol === SocketAddress_Protocol.UDP
}

function withoutChains(listener: Listener): Uint8Array {
  return Listener.encode({ ...listener, filterChains: [], defaultFilterChain: undefined, filterChainMatcher: undefined }).finish()
}

function chainTexts({ filterChains = [], defaultFilterChain }: Listener): string[] {
  const chains = defaultFilterChain ? [...filterChains, defaultFilterChain] : filterChains
  return chains.map((chain) => FilterChain.encode(chain).finish().join())
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function losesEndpoints(before: SealedResource | undefined, after: SealedResource | undefined): boolean {
  const staying = new Set(endpointTexts(after))
  return endpointTexts(before).some((text) => !staying.has(text))
}

/** The addresses of a load assignment. */
export function endpointTexts(sealed: SealedResource | undefined): string[] {
  const { endpoints = [] } = (sealed?.message ?? {}) as ClusterLoadAssignment
  return endpoints.flatMap(({ lbEndpoints = [] }) =>
    lbEndpoints.flatMap(({ hostIdentifier }) => {
      const target = hostIdentifier?.$case === 'endpoint' ? socketTarget(hostIdentifier.endpoint.address) : undefined
      return target ? [`${target.address}:${target.port}`] : []
    }),
  )
}

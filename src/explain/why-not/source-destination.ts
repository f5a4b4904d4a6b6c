import type { Resource } from '../../core/resource.js'
import type { Slots } from '../../translate/policies/policy.js'
import type { ProxyContext } from '../../translate/proxy.js'
import {
  type ConnectionSpec,
  type Selector,
  dataplanePolicy,
  inboundPolicy,
  outboundPolicies,
  passThroughService,
} from '../../translate/source-destination.js'
import { type Failed, type Tagged, mismatches, tagsText } from './failed.js'

type SelectorSpec = { readonly selectors?: readonly Selector[] }

/** Why a policy with selectors of proxies doesn't select one; `undefined` where it does. */
export function whyNotBySelectors(policy: Resource, proxy: ProxyContext): Failed | undefined {
  const own = policy as Resource<SelectorSpec>
  if (dataplanePolicy([own], proxy)) return undefined
  return noneOf('selectors', own.spec.selectors, proxyParts(proxy))
}

/** Why a policy on connections concerns none that the proxy makes or takes; `undefined` where it does. */
export function whyNotByConnections(policy: Resource, slots: Slots<unknown>, proxy: ProxyContext): Failed | undefined {
  const own = policy as Resource<ConnectionSpec>
  const sides = sidesOf(slots)
  if (sides.includes('inbound') && proxy.inbounds.some(({ tags }) => inboundPolicy([own], tags))) return undefined
  if (sides.includes('outbound') && concernsOutbounds(own, proxy)) return undefined
  return sides.includes('outbound') ? whyNoOutbound(own, proxy) : noneOf('destinations', own.spec.destinations, inboundParts(proxy))
}

/** Whether a kind speaks of the connections that a proxy takes, or of those that it makes. */
function sidesOf(slots: Slots<unknown>): readonly ('inbound' | 'outbound')[] {
  const outgoing = slots.outbound ?? slots.cluster ?? slots.sourceDestinationOutbound
  return [...(slots.inbound ? (['inbound'] as const) : []), ...(outgoing ? (['outbound'] as const) : [])]
}

/** Services that the proxy may connect to, as policies on connections see them. */
function servicesOf(proxy: ProxyContext): readonly string[] {
  return [...new Set([...proxy.outbounds.map(({ service }) => service), ...(proxy.transparentProxy ? [passThroughService] : [])])]
}

function concernsOutbounds(policy: Resource<ConnectionSpec>, proxy: ProxyContext): boolean {
  // What a builtin gateway connects to stands in its routes: there, the sources alone decide.
  if (isBuiltinGateway(proxy)) return proxy.tagSets.some((tags) => inboundPolicy([asDestination(policy)], tags))
  const policyOf = outboundPolicies([policy], proxy.tagSets)
  return servicesOf(proxy).some((service) => policyOf(service) !== undefined)
}

function whyNoOutbound(policy: Resource<ConnectionSpec>, proxy: ProxyContext): Failed {
  const { sources, destinations } = policy.spec
  const sourceFits = proxy.tagSets.some((tags) => inboundPolicy([asDestination(policy)], tags))
  if (!sourceFits) return noneOf('sources', sources, proxyParts(proxy))
  const services = servicesOf(proxy)
  const found = services.length === 0 ? 'the proxy has no outbound' : `the proxy dials ${services.join(', ')}`
  return { predicate: 'destinations', path: 'destinations', wanted: `destinations ${selectorsText(destinations)}`, found }
}

/** The policy with its sources for destinations, to ask whether they select some tags. */
function asDestination(policy: Resource<ConnectionSpec>): Resource<ConnectionSpec> {
  return { ...policy, spec: { destinations: policy.spec.sources } }
}

function noneOf(
  field: 'sources' | 'destinations' | 'selectors',
  selectors: readonly Selector[] = [],
  candidates: readonly Tagged[],
): Failed {
  const [first] = selectors
  const found = candidates.length === 0 ? 'the proxy has no inbound' : mismatches(first?.match ?? {}, candidates)
  return { predicate: field, path: field, wanted: `${field} ${selectorsText(selectors)}`, found: first ? found : 'no selector' }
}

export function selectorsText(selectors: readonly Selector[] = []): string {
  return selectors.map(({ match = {} }) => tagsText(match) || 'any').join(' or ') || '(none)'
}

function proxyParts(proxy: ProxyContext): Tagged[] {
  const gateway = proxy.dataplane.spec.networking?.gateway
  return gateway ? [{ called: 'the gateway', tags: gateway.tags ?? {} }] : inboundParts(proxy)
}

function inboundParts({ inbounds }: ProxyContext): Tagged[] {
  return inbounds.map(({ port, tags }) => ({ called: `inbound ${port}`, tags }))
}

function isBuiltinGateway({ dataplane }: ProxyContext): boolean {
  return dataplane.spec.networking?.gateway?.type === 'BUILTIN'
}

/** The policy that holds in place of another for some connection of the proxy. */
export function strongerPolicy(
  policy: Resource,
  policies: readonly Resource[],
  proxy: ProxyContext,
  slots: Slots<unknown>,
): Resource | undefined {
  const own = policy as Resource<ConnectionSpec>
  const all = policies as readonly Resource<ConnectionSpec>[]
  const winners = sidesOf(slots).includes('outbound')
    ? servicesOf(proxy).map((service) => [outboundPolicies([own], proxy.tagSets)(service), outboundPolicies(all, proxy.tagSets)(service)])
    : proxy.inbounds.map(({ tags }) => [inboundPolicy([own], tags), inboundPolicy(all, tags)])
  return winners.find(([alone, winner]) => alone && winner !== own)?.[1]
}

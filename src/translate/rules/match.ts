/** Which parts of a proxy a policy's own targetRef selects. Source: Kuma docs, "Targeting"; `matchers/dataplane.go`. */
import type { Resource } from '../../core/resource.js'
import { type Tags, matchesTags, tag } from '../tags.js'
import type { TargetRef } from './policy-spec.js'
import { type ProxyShape, hostnameKey, listenerKey } from './proxy-shape.js'
import { targetKri } from './resolve.js'
import { isOfZone, label, policyRole } from './resource-labels.js'

/** What of a proxy a policy selects; a policy that selects nothing doesn't concern the proxy at all. */
export interface Selection {
  /** Inbounds, ports of a gateway and listeners of zone proxies. */
  readonly listeners: readonly string[]
  /** Host names on listeners of a gateway. */
  readonly hostnames: readonly string[]
  /** A gateway that is not built in, which has no listeners. */
  readonly delegatedGateway: boolean
}

const nothing: Selection = { listeners: [], hostnames: [], delegatedGateway: false }

export function selectsAnything({ listeners, hostnames, delegatedGateway }: Selection): boolean {
  return listeners.length > 0 || hostnames.length > 0 || delegatedGateway
}

/** The kinds that a policy's own targetRef can be of; MeshHTTPRoute stands for what the route selects. */
export const selectableKinds: ReadonlySet<string> = new Set([
  'Mesh',
  'Dataplane',
  'MeshSubset',
  'MeshService',
  'MeshServiceSubset',
  'MeshGateway',
])

/** Whether a policy may concern a proxy at all, by the zone and the namespace that both are in. */
export function reaches(holder: Resource, proxy: ProxyShape): boolean {
  return concernsZone(holder, proxy) && concernsNamespace(holder, proxy)
}

/**
 * What a reference selects of a proxy.
 * @param holder the policy with the reference, or the MeshHTTPRoute that stands for it; its zone and namespace count
 */
export function select(holder: Resource, ref: TargetRef, proxy: ProxyShape): Selection {
  if (!reaches(holder, proxy)) return nothing
  switch (ref.kind) {
    case 'Mesh':
      return fitsProxyType(ref, proxy) ? withZoneListeners(byTags({}, proxy), proxy) : nothing
    case 'Dataplane':
      return isDataplane(holder, ref, proxy) ? bySection(ref.sectionName, proxy) : nothing
    case 'MeshSubset':
      return fitsProxyType(ref, proxy) ? byTags(ref.tags ?? {}, proxy) : nothing
    case 'MeshService':
    case 'MeshServiceSubset':
      return byTags(serviceTags(ref), proxy)
    case 'MeshGateway':
      return isGateway(holder, ref, proxy) ? { ...byTags(ref.tags ?? {}, proxy), delegatedGateway: false } : nothing
    default:
      return nothing
  }
}

/** The tags that a reference to a service by its tags asks for. */
export function serviceTags({ kind, name = '', tags }: TargetRef): Tags {
  return { [tag.service]: name, ...(kind === 'MeshServiceSubset' ? tags : undefined) }
}

/** A policy of a zone concerns only proxies of that zone, unless it speaks for the service's owner (role producer). */
export function concernsZone(holder: Resource, proxy: ProxyShape): boolean {
  if (policyRole(holder) === 'producer') return true
  const subject = proxy.gateway?.resource ?? proxy.resource
  const origin = subject.labels[label.origin]
  if (origin === undefined || origin === 'global') return true
  const zone = holder.labels[label.zone]
  return holder.labels[label.origin] !== 'zone' || zone === undefined || isOfZone(subject, zone)
}

/** A policy for its own namespace (roles consumer and workload-owner) concerns only proxies in it. */
export function concernsNamespace(holder: Resource, { resource }: ProxyShape): boolean {
  if (!isNamespaced(holder)) return true
  const namespace = holder.labels[label.namespace]
  return namespace !== undefined && namespace === (resource.labels[label.namespace] ?? '')
}

export function isNamespaced(holder: Resource): boolean {
  const role = policyRole(holder)
  return role === 'consumer' || role === 'workload-owner'
}

export function fitsProxyType({ proxyTypes = [] }: TargetRef, { proxyType }: ProxyShape): boolean {
  return proxyTypes.length === 0 || proxyTypes.includes(proxyType)
}

/** Without name, namespace and labels any Dataplane is meant; proxies of a MeshGateway never are. */
export function isDataplane(holder: Resource, ref: TargetRef, proxy: ProxyShape): boolean {
  if (proxy.gateway) return false
  if (!ref.name && !ref.namespace && !ref.labels) return true
  if (ref.name && targetKri(holder, ref) === proxy.kri) return true
  return ref.labels !== undefined && Object.entries(ref.labels).every(([key, value]) => (proxy.resource.labels[key] ?? '') === value)
}

export function isGateway(holder: Resource, { name = '' }: TargetRef, { gateway, builtinGateway }: ProxyShape): boolean {
  return builtinGateway && gateway !== undefined && gateway.name === name && gateway.resource.mesh === holder.mesh
}

function byTags(selector: Tags, { inbounds, gateway, delegatedGatewayTags }: ProxyShape): Selection {
  const own = inbounds.filter(({ tags }) => matchesTags(selector, tags))
  const ports = gateway?.listeners.filter(({ tags }) => matchesTags(selector, tags)) ?? []
  return {
    listeners: [...new Set([...own, ...ports].map(listenerKey))],
    hostnames: [...new Set(ports.map((port) => hostnameKey(port, port.hostname)))],
    delegatedGateway: delegatedGatewayTags !== undefined && matchesTags(selector, delegatedGatewayTags),
  }
}

function bySection(sectionName: string | undefined, { inbounds, zoneListeners, delegatedGatewayTags }: ProxyShape): Selection {
  const selected = [...inbounds, ...zoneListeners].filter(({ section }) => !sectionName || section === sectionName)
  return { listeners: [...new Set(selected.map(listenerKey))], hostnames: [], delegatedGateway: delegatedGatewayTags !== undefined }
}

function withZoneListeners(selection: Selection, { zoneListeners }: ProxyShape): Selection {
  return { ...selection, listeners: [...new Set([...selection.listeners, ...zoneListeners.map(listenerKey)])] }
}

import type { Resource } from '../../core/resource.js'
import {
  type Selection,
  concernsNamespace,
  concernsZone,
  fitsProxyType,
  isDataplane,
  isGateway,
  select,
  selectableKinds,
  selectsAnything,
  serviceTags,
} from '../../translate/rules/match.js'
import { type Policy, type TargetRef, topLevelOf } from '../../translate/rules/policy-spec.js'
import type { ProxyShape } from '../../translate/rules/proxy-shape.js'
import { displayName, isShadow, label, policyRole } from '../../translate/rules/resource-labels.js'
import { type Failed, type Tagged, mismatches, tagsText } from './failed.js'

const selectsNothing: Selection = { listeners: [], hostnames: [], delegatedGateway: false }

/**
 * Why a targetRef policy doesn't select a proxy; `undefined` where it does.
 * @param routes the MeshHTTPRoutes of the mesh, one of which may stand for the policy's own targetRef
 */
export function whyNotSelected(policy: Policy, routes: readonly Policy[], proxy: ProxyShape): Failed | undefined {
  const { kind, name = '' } = topLevelOf(policy)
  if (policy.mesh !== proxy.resource.mesh) return otherMesh(policy, proxy)
  if (isShadow(policy)) return failed('effect', `labels["${label.effect}"]`, `label ${label.effect}=shadow`, 'such policies change nothing')
  const unreached = whyNotReached(policy, proxy)
  if (unreached) return unreached
  const route = kind === 'MeshHTTPRoute' ? routes.find((candidate) => displayName(candidate) === name) : undefined
  if (kind === 'MeshHTTPRoute' && !route)
    return failed('route', 'spec.targetRef.name', `targetRef MeshHTTPRoute ${name}`, `the mesh has ${namesOf(routes)}`)
  const holder = route ?? policy
  const ref = topLevelOf(holder)
  const selection = selectableKinds.has(ref.kind) ? select(holder, ref, proxy) : selectsNothing
  if (selectsAnything(selection)) return undefined
  return (route && whyNotReached(route, proxy)) ?? whyNotByRef(holder, ref, proxy)
}

export function otherMesh({ mesh = '' }: Policy, { resource }: Pick<ProxyShape, 'resource'>): Failed {
  return failed('mesh', 'mesh', `mesh ${mesh}`, `the proxy is in mesh ${resource.mesh ?? '(none)'}`)
}

/** By zone and namespace, which both policy and proxy are in. */
function whyNotReached(policy: Policy, proxy: ProxyShape): Failed | undefined {
  const subject = proxy.gateway?.resource ?? proxy.resource
  if (!concernsZone(policy, proxy))
    return failed(
      'zone',
      `labels["${label.zone}"]`,
      `zone ${policy.labels[label.zone]}`,
      `the proxy has zone ${subject.labels[label.zone] ?? '(none)'}`,
    )
  if (concernsNamespace(policy, proxy)) return undefined
  const wanted = `role ${policyRole(policy)}, namespace ${policy.labels[label.namespace] ?? '(none)'}`
  return failed(
    'namespace',
    `labels["${label.namespace}"]`,
    wanted,
    `the proxy is in namespace ${proxy.resource.labels[label.namespace] ?? '(none)'}`,
  )
}

function whyNotByRef(holder: Policy, ref: TargetRef, proxy: ProxyShape): Failed {
  const path = 'spec.targetRef'
  const usesProxyTypes = ref.kind === 'Mesh' || ref.kind === 'MeshSubset'
  if (usesProxyTypes && !fitsProxyType(ref, proxy))
    return failed('proxyTypes', `${path}.proxyTypes`, `proxyTypes ${ref.proxyTypes?.join(', ')}`, `the proxy is a ${proxy.proxyType}`)
  switch (ref.kind) {
    case 'Mesh':
      return byTags(ref, {}, proxy)
    case 'MeshSubset':
      return byTags(ref, ref.tags ?? {}, proxy)
    case 'MeshService':
    case 'MeshServiceSubset':
      return byTags(ref, serviceTags(ref), proxy)
    case 'Dataplane':
      return byDataplane(holder, ref, proxy)
    case 'MeshGateway':
      return byGateway(holder, ref, proxy)
    default:
      return failed('targetRef', `${path}.kind`, `targetRef kind ${ref.kind}`, `can be ${[...selectableKinds].join(', ')}, MeshHTTPRoute`)
  }
}

function byTags({ kind }: TargetRef, selector: Readonly<Record<string, string>>, proxy: ProxyShape): Failed {
  const candidates = taggedParts(proxy)
  const found = candidates.length === 0 ? 'the proxy has no inbound' : mismatches(selector, candidates)
  return failed('targetRef', 'spec.targetRef.tags', `targetRef ${kind} ${tagsText(selector)}`.trim(), found)
}

/** What of a proxy can be selected by tags. */
function taggedParts({ inbounds, gateway, delegatedGatewayTags }: ProxyShape): Tagged[] {
  return [
    ...inbounds.map(({ port, tags }) => ({ called: `inbound ${port}`, tags })),
    ...(gateway?.listeners ?? []).map(({ port, tags }) => ({ called: `gateway port ${port}`, tags })),
    ...(delegatedGatewayTags ? [{ called: 'the gateway', tags: delegatedGatewayTags }] : []),
  ]
}

function byDataplane(holder: Policy, ref: TargetRef, proxy: ProxyShape): Failed {
  const { resource, gateway, inbounds, zoneListeners } = proxy
  if (gateway) return failed('targetRef', 'spec.targetRef.kind', 'targetRef Dataplane', `the proxy is one of MeshGateway ${gateway.name}`)
  if (!isDataplane(holder, ref, proxy)) {
    if (ref.labels) {
      const own = { called: 'the proxy', tags: resource.labels }
      return failed(
        'targetRef',
        'spec.targetRef.labels',
        `targetRef Dataplane with labels ${tagsText(ref.labels)}`,
        mismatches(ref.labels, [own]),
      )
    }
    return failed(
      'targetRef',
      'spec.targetRef.name',
      `targetRef Dataplane ${placeOf(ref, holder)}`,
      `the proxy is ${placeOf(resource, resource)}`,
    )
  }
  const sections = [...inbounds, ...zoneListeners].map(({ section }) => section)
  const found = sections.length === 0 ? 'the proxy has no inbound' : `the proxy has ${sections.join(', ')}`
  return failed('sectionName', 'spec.targetRef.sectionName', `sectionName ${ref.sectionName ?? '(any)'}`, found)
}

/** A name, and the zone and namespace that it is looked for in. */
function placeOf(ref: { readonly name?: string; readonly namespace?: string }, { labels }: Resource): string {
  const namespace = ref.namespace || labels[label.namespace]
  const zone = labels[label.zone]
  return `${ref.name ?? '(any)'}${namespace ? ` in namespace ${namespace}` : ''}${zone ? ` of zone ${zone}` : ''}`
}

function byGateway(holder: Policy, ref: TargetRef, proxy: ProxyShape): Failed {
  const { builtinGateway, gateway, resource } = proxy
  const wanted = `targetRef MeshGateway ${ref.name ?? ''}`
  if (isGateway(holder, ref, proxy)) return byTags(ref, ref.tags ?? {}, proxy)
  if (!builtinGateway) return failed('targetRef', 'spec.targetRef.kind', wanted, 'the proxy is no builtin gateway')
  const found = gateway ? `the proxy is one of MeshGateway ${gateway.name}` : `no MeshGateway selects the proxy ${resource.name}`
  return failed('targetRef', 'spec.targetRef.name', wanted, found)
}

function namesOf(routes: readonly Policy[]): string {
  return routes.length === 0 ? 'no MeshHTTPRoute' : `MeshHTTPRoute ${routes.map(displayName).join(', ')}`
}

export function failed(predicate: Failed['predicate'], path: string, wanted: string, found: string): Failed {
  return { predicate, path, wanted, found }
}

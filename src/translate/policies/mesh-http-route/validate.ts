import type { ValidationContext, Violation } from '../../../core/kind.js'
import { type TargetRef, checkBackendPort, checkTargetRef, policyRole } from '../../../core/target-ref.js'
import { subdomainFaults } from '../../../core/validate/kubernetes-names.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { MeshHttpRouteSpec, RouteFilter, RouteMatchSpec, RouteRule } from './schema.js'

/** Name of the service that stands for a backend that could not be resolved; let in though no service may be called so. */
const unresolvedBackend = 'kuma.io/unresolved-backend'

/** The rules of a MeshHTTPRoute that its shape can't say. */
export function validateHttpRoute(spec: MeshHttpRouteSpec, { labels }: ValidationContext): Violation[] {
  const root = collect('spec')
  const system = policyRole(labels) === 'system'
  checkTargetRef(root.field('targetRef'), spec.targetRef, {
    kinds: ['Mesh', ...(system ? (['MeshGateway'] as const) : []), 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'],
    gatewayTags: system,
  })
  const gateway = spec.targetRef?.kind === 'MeshGateway'
  for (const [i, { targetRef, rules, hostnames = [] }] of (spec.to ?? []).entries()) {
    const at = root.field('to').index(i)
    checkDestination(at.field('targetRef'), targetRef, gateway)
    for (const [k, rule] of rules.entries()) checkRule(at.field('rules').index(k), rule, gateway)
    if (!gateway && hostnames.length > 0) at.field('hostnames').add('must not be defined')
  }
  return root.violations
}

/** Gateways route by host name, to the whole mesh; sidecars by the service that is called. */
export function checkDestination(at: Place, targetRef: TargetRef, gateway: boolean): void {
  checkTargetRef(at, targetRef, { kinds: gateway ? ['Mesh'] : ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'] })
}

function checkRule(at: Place, { matches, default: { filters = [], backendRefs = [] } }: RouteRule, gateway: boolean): void {
  for (const [i, match] of matches.entries()) checkMatch(at.field('matches').index(i), match)
  const onlyPrefixes = matches.every(({ path }) => path?.type === 'PathPrefix')
  for (const [i, filter] of filters.entries()) checkFilter(at.field('default.filters').index(i), filter, { onlyPrefixes, gateway })
  const backends = at.field('default.backendRefs')
  if (gateway && backendRefs.length === 0 && !filters.some(({ type }) => type === 'RequestRedirect')) backends.add('must not be empty')
  for (const [i, ref] of backendRefs.entries()) {
    checkTargetRef(backends.index(i), ref, {
      kinds: ['MeshService', 'MeshServiceSubset', 'MeshExternalService', 'MeshMultiZoneService'],
      oddNames: [unresolvedBackend],
    })
    checkBackendPort(backends.index(i), ref)
  }
}

function checkMatch(at: Place, { path, queryParams = [], headers = [] }: RouteMatchSpec): void {
  const value = at.field('path.value')
  if (path?.type === 'PathPrefix' && path.value !== '/') {
    if (path.value.endsWith('/')) {
      value.add('does not need a trailing slash because only a `/`-separated prefix or an entire path is matched')
    }
    if (!path.value.startsWith('/')) value.add('must be an absolute path')
  }
  if (path?.type === 'Exact' && !path.value.startsWith('/')) value.add('must be an absolute path')
  const seen = new Set<string>()
  for (const [i, { name }] of queryParams.entries()) {
    if (seen.has(name)) at.field('queryParams').index(i).field('name').add(`multiple entries for name ${name}`)
    seen.add(name)
  }
  for (const [i, { type, value: text }] of headers.entries()) {
    if ((type === 'Present' || type === 'Absent') && text) at.field('headers').index(i).field('value').add('must not be defined')
  }
}

function checkFilter(at: Place, filter: RouteFilter, { onlyPrefixes, gateway }: { onlyPrefixes: boolean; gateway: boolean }): void {
  const conf = `${filter.type === 'URLRewrite' ? 'urlRewrite' : filter.type.charAt(0).toLowerCase() + filter.type.slice(1)}` as const
  const { requestHeaderModifier, responseHeaderModifier, requestRedirect, urlRewrite, requestMirror } = filter
  const given = { requestHeaderModifier, responseHeaderModifier, requestRedirect, urlRewrite, requestMirror }[conf]
  const place = at.field(conf)
  if (given === undefined) return place.add('must be defined')
  switch (filter.type) {
    case 'RequestHeaderModifier':
    case 'ResponseHeaderModifier':
      return checkHeaders(place, given as NonNullable<RouteFilter['requestHeaderModifier']>)
    case 'RequestRedirect':
    case 'URLRewrite': {
      const { path, hostname } = given as NonNullable<RouteFilter['urlRewrite']>
      if (path?.replacePrefixMatch !== undefined && !onlyPrefixes) {
        place.field('path.replacePrefixMatch').add('can only appear if all matches match a path prefix')
      }
      checkHostname(place.field('hostname'), hostname)
      if (filter.type === 'URLRewrite' && urlRewrite?.hostToBackendHostname) {
        if (!gateway) place.field('hostToBackendHostname').add('can only be set with MeshGateway')
        if (hostname !== undefined) place.field('hostToBackendHostname').add('cannot be set together with hostname')
      }
      return
    }
    case 'RequestMirror':
      return checkTargetRef(place.field('backendRef'), requestMirror?.backendRef, { kinds: ['MeshService', 'MeshServiceSubset'] })
  }
}

function checkHostname(at: Place, hostname: string | undefined): void {
  if (hostname === undefined) return
  if (/^\d+(\.\d+){3}$/.test(hostname)) return at.add('cannot be an IP address')
  for (const fault of subdomainFaults(hostname)) at.add(fault)
}

function checkHeaders(at: Place, { set, add, remove }: NonNullable<RouteFilter['requestHeaderModifier']>): void {
  if (!set && !add && !remove) return at.add('must have at least one defined: set, add, remove')
  const seen = new Set<string>()
  const check = (place: Place, name: string) => {
    if (seen.has(name)) place.field('name').add('duplicate header name')
    seen.add(name)
  }
  for (const [i, { name }] of (set ?? []).entries()) check(at.field('set').index(i), name)
  for (const [i, { name }] of (add ?? []).entries()) check(at.field('add').index(i), name)
  for (const [i, name] of (remove ?? []).entries()) check(at.field('remove').index(i), name)
}

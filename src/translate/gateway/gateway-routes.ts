import type {
  HeaderFilter,
  HttpRule,
  HttpRuleFilter,
  HttpRuleMatch,
  MeshGatewayRouteSpec,
  RedirectFilter,
  RewriteFilter,
  RouteBackend,
} from '../../core/kinds/mesh-gateway-route.js'
import { names } from '../names.js'
import { tag } from '../tags.js'
import type {
  GatewayBackend,
  HeaderChanges,
  HeaderMatch,
  NamedValue,
  PathRewrite,
  Redirection,
  RequestMatch,
  Rewrite,
  RouteEntry,
} from './route-table.js'

/** The rows that a MeshGatewayRoute adds to a route table. */
export function routeEntries({ conf }: MeshGatewayRouteSpec): RouteEntry[] {
  const http = (conf?.http?.rules ?? []).flatMap(httpEntries)
  const tcp = (conf?.tcp?.rules ?? []).map(({ backends = [] }) => ({ match: {}, forward: backends.map((b) => gatewayBackend(b, 'tcp')) }))
  return [...http, ...tcp]
}

/** A rule applies where any of its matches does: one row each. */
function httpEntries({ matches = [], filters = [], backends = [] }: HttpRule): RouteEntry[] {
  const effects = filters.reduce(addFilter, { forward: backends.map((b) => gatewayBackend(b, 'http')) })
  return matches.map((match) => ({ ...effects, match: requestMatch(match) }))
}

type Effects = Omit<RouteEntry, 'match'>

function addFilter(effects: Effects, { redirect, mirror, requestHeader, responseHeader, rewrite }: HttpRuleFilter): Effects {
  if (redirect) return { ...effects, redirect: redirection(redirect) }
  if (mirror?.backend)
    return { ...effects, mirror: { backend: gatewayBackend(mirror.backend, 'http'), percentage: mirror.percentage ?? 0 } }
  if (requestHeader) return { ...effects, requestHeaders: moreHeaders(effects.requestHeaders, requestHeader) }
  if (responseHeader) return { ...effects, responseHeaders: moreHeaders(effects.responseHeaders, responseHeader) }
  if (rewrite) return { ...effects, rewrite: routeRewrite(rewrite) }
  return effects
}

/** One name stands for a backend that whoever wrote the route could not find: requests there fail. */
function gatewayBackend({ destination = {}, weight = 0 }: RouteBackend, routeProtocol: 'http' | 'tcp'): GatewayBackend {
  const unresolved = destination[tag.service] === names.unresolvedBackend
  return { tags: destination, weight, routeProtocol, ...(unresolved && { unresolved }) }
}

function redirection({ scheme, hostname, port, statusCode = 0, path }: RedirectFilter): Redirection {
  return { status: statusCode, scheme, hostname, port, path: path && pathRewrite(path) }
}

function pathRewrite({ replaceFull, replacePrefixMatch }: RewriteFilter): PathRewrite {
  return { replaceFull, replacePrefix: replacePrefixMatch }
}

function routeRewrite(filter: RewriteFilter): Rewrite {
  return { ...pathRewrite(filter), hostToBackendHostname: filter.hostToBackendHostname }
}

function moreHeaders(known: HeaderChanges = {}, { set = [], add = [], remove = [] }: HeaderFilter): HeaderChanges {
  const named = (values: readonly Partial<NamedValue>[]) => values.map(({ name = '', value = '' }) => ({ name, value }))
  return {
    set: [...(known.set ?? []), ...named(set)],
    add: [...(known.add ?? []), ...named(add)],
    remove: [...(known.remove ?? []), ...remove],
  }
}

const headerKinds = { EXACT: 'exact', REGEX: 'regex', ABSENT: 'absent', PRESENT: 'present' } as const

function requestMatch({ path, method, headers = [], queryParameters = [] }: HttpRuleMatch): RequestMatch {
  return {
    ...pathMatch(path),
    method: method === 'NONE' ? undefined : method,
    headers: headers.map(({ match = 'EXACT', name = '', value }): HeaderMatch => ({ kind: headerKinds[match], name, value })),
    query: queryParameters.map(({ match, name = '', value = '' }) => ({ kind: match === 'REGEX' ? 'regex' : 'exact', name, value })),
  }
}

/** Without a path, the other criteria are those of any path. */
function pathMatch(path: HttpRuleMatch['path']): RequestMatch {
  if (!path) return { prefixPath: '/' }
  if (path.match === 'REGEX') return { regexPath: path.value }
  return path.match === 'PREFIX' ? { prefixPath: path.value } : { exactPath: path.value }
}

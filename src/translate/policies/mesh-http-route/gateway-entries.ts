import type { Resource } from '../../../core/resource.js'
import { gatewayBackend } from '../../gateway/backend-refs.js'
import type { HeaderChanges, HeaderMatch, PathRewrite, RequestMatch, RouteEntry } from '../../gateway/route-table.js'
import { routeName } from '../../outbound.js'
import type { ProxyContext } from '../../proxy.js'
import type { SubsetRule } from '../../rules/index.js'
import { type HttpFilterConf, type HttpMatch, type HttpRouteRule, canonicalMatches } from './conf.js'
import { type MergedConf, confOf } from './match.js'

type Effects = Omit<RouteEntry, 'match' | 'name'>

/** The rows of a gateway's route table. Host names that overlap may give one row twice: it stays once. */
export function gatewayEntries(rules: readonly SubsetRule<MergedConf>[], proxy: ProxyContext): RouteEntry[] {
  const entries = rules.flatMap(({ conf, origins }) => {
    const route = confOf(conf, origins)
    return route.rules.flatMap((rule) => entriesOf(rule, route.originOf(rule)?.policy ?? proxy.dataplane, proxy))
  })
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()]
}

function entriesOf(rule: HttpRouteRule, from: Resource, proxy: ProxyContext): RouteEntry[] {
  const { filters = [], backendRefs = [] } = rule.default
  const forward = backendRefs.map((ref) => gatewayBackend(ref, 'http', from, proxy))
  const effects = filters.reduce<Effects>((known, filter) => addFilter(known, filter, from, proxy), { forward })
  const name = routeName(canonicalMatches(rule.matches))
  return rule.matches.map((match) => ({ ...effects, name, match: requestMatch(match) }))
}

function addFilter(effects: Effects, filter: HttpFilterConf, from: Resource, proxy: ProxyContext): Effects {
  const { requestRedirect, requestMirror, requestHeaderModifier, responseHeaderModifier, urlRewrite } = filter
  if (requestRedirect) {
    const { statusCode = 302, scheme, hostname, port, path } = requestRedirect
    return { ...effects, redirect: { status: statusCode, scheme, hostname, port, path: path && pathRewrite(path) } }
  }
  if (requestMirror) {
    const { backendRef, percentage = 100 } = requestMirror
    return { ...effects, mirror: { backend: gatewayBackend(backendRef, 'http', from, proxy), percentage: Number(percentage) } }
  }
  if (requestHeaderModifier) return { ...effects, requestHeaders: moreHeaders(effects.requestHeaders, requestHeaderModifier) }
  if (responseHeaderModifier) return { ...effects, responseHeaders: moreHeaders(effects.responseHeaders, responseHeaderModifier) }
  if (urlRewrite) {
    const { path, hostname, hostToBackendHostname } = urlRewrite
    return { ...effects, rewrite: { ...(path && pathRewrite(path)), hostname, hostToBackendHostname } }
  }
  return effects
}

function pathRewrite({
  type,
  replaceFullPath,
  replacePrefixMatch,
}: NonNullable<NonNullable<HttpFilterConf['urlRewrite']>['path']>): PathRewrite {
  return type === 'ReplaceFullPath' ? { replaceFull: replaceFullPath } : { replacePrefix: replacePrefixMatch }
}

function moreHeaders(known: HeaderChanges = {}, { set = [], add = [], remove = [] }: HeaderChanges): HeaderChanges {
  return { set: [...(known.set ?? []), ...set], add: [...(known.add ?? []), ...add], remove: [...(known.remove ?? []), ...remove] }
}

const headerKinds = { Exact: 'exact', RegularExpression: 'regex', Present: 'present', Absent: 'absent', Prefix: 'prefix' } as const

function requestMatch({ path, method, headers = [], queryParams = [] }: HttpMatch): RequestMatch {
  return {
    ...pathMatch(path),
    method,
    headers: headers.map(({ type = 'Exact', name, value }): HeaderMatch => ({ kind: headerKinds[type], name, value })),
    query: queryParams.map(({ type, name, value }) => ({ kind: type === 'Exact' ? 'exact' : 'regex', name, value })),
  }
}

/** Without a path, the other criteria are those of any path. */
function pathMatch(path: HttpMatch['path']): RequestMatch {
  if (!path) return { prefixPath: '/' }
  if (path.type === 'RegularExpression') return { regexPath: path.value }
  return path.type === 'PathPrefix' ? { prefixPath: path.value } : { exactPath: path.value }
}

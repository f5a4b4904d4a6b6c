import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption } from '../../../gen/envoy/config/core/v3/base.js'
import type { HeaderMatcher, Route, RouteAction, RouteMatch } from '../../../gen/envoy/config/route/v3/route_components.js'
import { seconds } from '../../envoy/duration.js'
import { exactly } from '../../envoy/tls.js'
import type { HttpMatch, HttpModify, StringMatcher } from './schema.js'
import type { RoutedSplits } from './translate.js'

/** One L7 route, or the last one that takes everything. */
export function envoyRoute({ http, splits }: RoutedSplits): Route {
  const action: RouteAction = {
    timeout: seconds(0),
    clusterSpecifier:
      splits.length === 1 && splits[0]
        ? { $case: 'cluster', cluster: splits[0].destination.name }
        : {
            $case: 'weightedClusters',
            weightedClusters: { clusters: splits.map(({ destination, weight }) => ({ name: destination.name, weight })) },
          },
  }
  if (splits.some(({ destination }) => destination.external)) {
    action.hostRewriteSpecifier = { $case: 'autoHostRewrite', autoHostRewrite: true }
  }
  const route: Route = { match: routeMatch(http?.match), action: { $case: 'route', route: action } }
  if (http?.modify) modify(route, action, http.modify)
  return route
}

function routeMatch(match: HttpMatch | undefined): RouteMatch {
  const headers = Object.entries(match?.headers ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, matcher]) => headerMatcher(name, matcher))
  if (match?.method) headers.push(headerMatcher(':method', match.method))
  return { pathSpecifier: pathSpecifier(match?.path), headers: headers.length > 0 ? headers : undefined }
}

function pathSpecifier(path: StringMatcher | undefined): RouteMatch['pathSpecifier'] {
  if (path?.exact !== undefined) return { $case: 'path', path: path.exact }
  if (path?.regex !== undefined) return { $case: 'safeRegex', safeRegex: { regex: path.regex } }
  return { $case: 'prefix', prefix: path?.prefix ?? '/' }
}

function headerMatcher(name: string, matcher: StringMatcher): HeaderMatcher {
  if (matcher.prefix !== undefined) return { name, headerMatchSpecifier: { $case: 'prefixMatch', prefixMatch: matcher.prefix } }
  if (matcher.regex !== undefined)
    return { name, headerMatchSpecifier: { $case: 'safeRegexMatch', safeRegexMatch: { regex: matcher.regex } } }
  return { name, headerMatchSpecifier: { $case: 'stringMatch', stringMatch: exactly(matcher.exact ?? '') } }
}

function modify(route: Route, action: RouteAction, { path, host, requestHeaders, responseHeaders }: HttpModify): void {
  if (path?.rewritePrefix !== undefined) action.prefixRewrite = path.rewritePrefix
  if (path?.regex) action.regexRewrite = { pattern: { regex: path.regex.pattern }, substitution: path.regex.substitution }
  if (host?.value !== undefined) action.hostRewriteSpecifier = { $case: 'hostRewriteLiteral', hostRewriteLiteral: host.value }
  if (host?.fromPath) {
    const { pattern, substitution } = host.fromPath
    action.hostRewriteSpecifier = { $case: 'hostRewritePathRegex', hostRewritePathRegex: { pattern: { regex: pattern }, substitution } }
  }
  route.requestHeadersToAdd = requestHeaders?.add?.map(headerToAdd)
  route.requestHeadersToRemove = requestHeaders?.remove?.map(({ name }) => name ?? '')
  route.responseHeadersToAdd = responseHeaders?.add?.map(headerToAdd)
  route.responseHeadersToRemove = responseHeaders?.remove?.map(({ name }) => name ?? '')
}

function headerToAdd({ name, value, append }: { name?: string; value?: string; append?: boolean }): HeaderValueOption {
  const { APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction
  return { header: { key: name, value }, appendAction: append ? APPEND_IF_EXISTS_OR_ADD : OVERWRITE_IF_EXISTS_OR_ADD }
}

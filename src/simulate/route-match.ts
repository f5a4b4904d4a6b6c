import type { HeaderMatcher, QueryParameterMatcher, Route, RouteMatch } from '../gen/envoy/config/route/v3/route_components.js'
import type { StringMatcher } from '../gen/envoy/type/matcher/v3/string.js'
import { isGrpc } from './grpc.js'
import { shareOf } from './amounts.js'
import type { Connection } from './connection.js'
import { matchesWhole } from './regex.js'
import { type HttpMessage, pathOnly } from './request.js'
import { matchesHeader, matchesQuery, matchesString } from './string-match.js'
import { Unevaluated } from './unevaluated.js'

/** The first route that takes a request, and where it stands. */
export function chooseRoute(routes: readonly Route[], message: HttpMessage, connection: Connection) {
  const index = routes.findIndex(({ match }) => match && matchesRoute(match, message, connection))
  const route = routes[index]
  return route && { route, index }
}

function matchesRoute(match: RouteMatch, message: HttpMessage, connection: Connection): boolean {
  const {
    headers = [],
    queryParameters = [],
    filterState = [],
    grpc,
    tlsContext,
    dynamicMetadata = [],
    cookies = [],
    runtimeFraction,
  } = match
  if (tlsContext || dynamicMetadata.length > 0 || cookies.length > 0) throw new Unevaluated('a route match by TLS, metadata or cookies')
  if (runtimeFraction && shareOf(runtimeFraction.defaultValue) < 1) throw new Unevaluated('a route for a part of the requests')
  if (grpc && !isGrpc(message)) return false
  return (
    matchesPath(match, pathOnly(message.path)) &&
    headers.every((header) => matchesHeader(header, message)) &&
    queryParameters.every((parameter) => matchesQuery(parameter, message.path)) &&
    filterState.every(({ key = '', matcher }) => {
      const value = connection.filterState.get(key)
      return value !== undefined && matcher !== undefined && matchesString(matcher.stringMatch, value)
    })
  )
}

function matchesPath({ pathSpecifier: specifier, caseSensitive = true }: RouteMatch, path: string): boolean {
  const fold = (text: string) => (caseSensitive ? text : text.toLowerCase())
  switch (specifier?.$case) {
    case 'prefix':
      return fold(path).startsWith(fold(specifier.prefix))
    case 'path':
      return fold(path) === fold(specifier.path)
    case 'safeRegex':
      return matchesWhole(specifier.safeRegex.regex ?? '', path)
    case 'pathSeparatedPrefix': {
      const rest = path.slice(specifier.pathSeparatedPrefix.length)
      return fold(path).startsWith(fold(specifier.pathSeparatedPrefix)) && (rest === '' || rest.startsWith('/'))
    }
    default:
      throw new Unevaluated(`a route match by ${specifier?.$case ?? 'nothing'}`)
  }
}

/** The beginning of the path that a prefix rewrite replaces. */
export function matchedPrefix(match: RouteMatch | undefined, path: string): string | undefined {
  const specifier = match?.pathSpecifier
  if (specifier?.$case === 'prefix') return specifier.prefix
  if (specifier?.$case === 'path') return specifier.path
  if (specifier?.$case === 'pathSeparatedPrefix') return specifier.pathSeparatedPrefix
  return specifier?.$case === 'safeRegex' ? path : undefined
}

/** A match for people: `prefix /api, :method = GET, x-user ~ ^t.*`. */
export function describeMatch({ pathSpecifier, headers = [], queryParameters = [], filterState = [] }: RouteMatch = {}): string {
  const callers = filterState.map(({ matcher }) => `caller ${matcher ? describeString(matcher.stringMatch) : ''}`)
  return [describePath(pathSpecifier), ...headers.map(describeHeader), ...queryParameters.map(describeQuery), ...callers].join(', ')
}

function describePath(specifier: RouteMatch['pathSpecifier']): string {
  switch (specifier?.$case) {
    case 'prefix':
      return `prefix ${specifier.prefix}`
    case 'path':
      return `path ${specifier.path}`
    case 'safeRegex':
      return `regex ${specifier.safeRegex.regex}`
    case 'pathSeparatedPrefix':
      return `prefix ${specifier.pathSeparatedPrefix}`
    default:
      return specifier?.$case ?? 'anything'
  }
}

function describeHeader({ name, headerMatchSpecifier: specifier, invertMatch }: HeaderMatcher): string {
  const text = (() => {
    switch (specifier?.$case) {
      case 'stringMatch':
        return `${name} ${describeString(specifier.stringMatch)}`
      case 'safeRegexMatch':
        return `${name} ~ ${specifier.safeRegexMatch.regex}`
      case 'prefixMatch':
        return `${name} = ${specifier.prefixMatch}*`
      case 'presentMatch':
        return specifier.presentMatch ? `${name} present` : `${name} absent`
      default:
        return `${name} ${specifier?.$case ?? 'present'}`
    }
  })()
  return invertMatch ? `not ${text}` : text
}

function describeQuery({ name, queryParameterMatchSpecifier: specifier }: QueryParameterMatcher): string {
  return specifier?.$case === 'stringMatch' ? `?${name} ${describeString(specifier.stringMatch)}` : `?${name}`
}

function describeString({ matchPattern: pattern }: StringMatcher): string {
  switch (pattern?.$case) {
    case 'exact':
      return `= ${pattern.exact}`
    case 'prefix':
      return `= ${pattern.prefix}*`
    case 'suffix':
      return `= *${pattern.suffix}`
    case 'contains':
      return `= *${pattern.contains}*`
    case 'safeRegex':
      return `~ ${pattern.safeRegex.regex}`
    default:
      return pattern?.$case ?? ''
  }
}

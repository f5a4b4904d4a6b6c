import type { HeaderMatcher, QueryParameterMatcher, RouteMatch } from '../../../gen/envoy/config/route/v3/route_components.js'
import type { StringMatcher } from '../../../gen/envoy/type/matcher/v3/string.js'
import { exactly, startsWith } from '../../envoy/tls.js'
import type { HeaderMatch, HttpMatch, PathMatch } from './conf.js'

const byExpression = (regex: string): StringMatcher => ({ matchPattern: { $case: 'safeRegex', safeRegex: { regex } } })

/** One match of a rule in Envoy's terms. A path prefix takes two: the path itself, and what is below it. */
export function routeMatches(match: HttpMatch): RouteMatch[] {
  const headers = headerMatchers(match)
  const queryParameters = queryMatchers(match)
  return pathSpecifiers(match.path).map((pathSpecifier) => ({
    pathSpecifier,
    headers: headers.length > 0 ? headers : undefined,
    queryParameters: queryParameters.length > 0 ? queryParameters : undefined,
  }))
}

/**
 * Envoy's own path-separated prefix would turn `/prefix/path` into `//path` when the prefix is rewritten to `/`; two
 * matches don't.
 */
function pathSpecifiers(path: PathMatch | undefined): RouteMatch['pathSpecifier'][] {
  if (!path || (path.type === 'PathPrefix' && path.value === '/')) return [{ $case: 'prefix', prefix: '/' }]
  if (path.type === 'Exact') return [{ $case: 'path', path: path.value }]
  if (path.type === 'RegularExpression') return [{ $case: 'safeRegex', safeRegex: { regex: path.value } }]
  const trimmed = path.value.endsWith('/') ? path.value.slice(0, -1) : path.value
  return [
    { $case: 'path', path: trimmed },
    { $case: 'prefix', prefix: `${trimmed}/` },
  ]
}

function headerMatchers({ method, headers = [] }: HttpMatch): HeaderMatcher[] {
  const matchers: HeaderMatcher[] = []
  if (method !== undefined) matchers.push({ name: ':method', headerMatchSpecifier: { $case: 'stringMatch', stringMatch: exactly(method) } })
  for (const header of firstOfEachName(headers)) matchers.push(headerMatcher(header))
  return matchers
}

function headerMatcher({ name, type = 'Exact', value = '' }: HeaderMatch): HeaderMatcher {
  const present = (presentMatch: boolean): HeaderMatcher => ({ name, headerMatchSpecifier: { $case: 'presentMatch', presentMatch } })
  const text = (stringMatch: StringMatcher): HeaderMatcher => ({ name, headerMatchSpecifier: { $case: 'stringMatch', stringMatch } })
  switch (type) {
    case 'Present':
      return present(true)
    case 'Absent':
      return present(false)
    case 'RegularExpression':
      return text(byExpression(value))
    case 'Prefix':
      // Envoy refuses an empty prefix, which any value has.
      return value === '' ? present(true) : text(startsWith(value))
    case 'Exact':
      return text(exactly(value))
  }
}

function queryMatchers({ queryParams = [] }: HttpMatch): QueryParameterMatcher[] {
  return firstOfEachName(queryParams).map(({ name, type, value }) => ({
    name,
    queryParameterMatchSpecifier: { $case: 'stringMatch', stringMatch: type === 'Exact' ? exactly(value) : byExpression(value) },
  }))
}

function firstOfEachName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  const seen = new Set<string>()
  return items.filter(({ name }) => !seen.has(name) && seen.add(name))
}

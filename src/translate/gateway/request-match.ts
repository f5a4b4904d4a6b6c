import type { HeaderMatcher, QueryParameterMatcher, RouteMatch } from '../../gen/envoy/config/route/v3/route_components.js'
import type { StringMatcher } from '../../gen/envoy/type/matcher/v3/string.js'
import { exactly } from '../envoy/tls.js'
import type { HeaderMatch, QueryMatch, RequestMatch } from './route-table.js'

const expression = (regex: string): StringMatcher => ({ matchPattern: { $case: 'safeRegex', safeRegex: { regex } } })

/** Kinds in the order in which Kuma writes their matchers. */
const headerOrder: readonly HeaderMatch['kind'][] = ['exact', 'regex', 'present', 'absent', 'prefix']
const queryOrder: readonly QueryMatch['kind'][] = ['exact', 'regex']

export function routeMatch({ exactPath, prefixPath, regexPath, method, headers = [], query = [] }: RequestMatch): RouteMatch {
  const headerMatchers = headerOrder.flatMap((kind) => headers.filter((header) => header.kind === kind)).map(headerMatcher)
  if (method) headerMatchers.unshift(headerMatcher({ kind: 'exact', name: ':method', value: method }))
  const queryParameters = queryOrder.flatMap((kind) => query.filter((parameter) => parameter.kind === kind)).map(queryMatcher)
  return {
    pathSpecifier: regexPath
      ? { $case: 'safeRegex', safeRegex: { regex: regexPath } }
      : exactPath
        ? { $case: 'path', path: exactPath }
        : { $case: 'prefix', prefix: prefixPath || '/' },
    headers: headerMatchers.length > 0 ? headerMatchers : undefined,
    queryParameters: queryParameters.length > 0 ? queryParameters : undefined,
  }
}

function headerMatcher({ kind, name, value = '' }: HeaderMatch): HeaderMatcher {
  const text = (stringMatch: StringMatcher): HeaderMatcher => ({ name, headerMatchSpecifier: { $case: 'stringMatch', stringMatch } })
  switch (kind) {
    case 'exact':
      return text(exactly(value))
    case 'regex':
      return text(expression(value))
    case 'present':
    case 'absent':
      return { name, headerMatchSpecifier: { $case: 'presentMatch', presentMatch: kind === 'present' } }
    case 'prefix':
      return { name, headerMatchSpecifier: { $case: 'prefixMatch', prefixMatch: value } }
  }
}

function queryMatcher({ kind, name, value }: QueryMatch): QueryParameterMatcher {
  const stringMatch = kind === 'exact' ? exactly(value) : expression(value)
  return { name, queryParameterMatchSpecifier: { $case: 'stringMatch', stringMatch } }
}

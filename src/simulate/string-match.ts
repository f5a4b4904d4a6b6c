import type { HeaderMatcher, QueryParameterMatcher } from '../gen/envoy/config/route/v3/route_components.js'
import type { StringMatcher } from '../gen/envoy/type/matcher/v3/string.js'
import { matchesWhole } from './regex.js'
import { type HttpMessage, headerValues } from './request.js'
import { Unevaluated } from './unevaluated.js'

interface AnyStringMatcher {
  readonly matchPattern?: StringMatcher['matchPattern'] | { readonly $case: 'custom' }
  readonly ignoreCase?: boolean
}

/** Envoy's StringMatcher, also as the xDS matchers have it. */
export function matchesString({ matchPattern, ignoreCase }: AnyStringMatcher, text: string): boolean {
  const [fold, folded] = ignoreCase ? [(s: string) => s.toLowerCase(), text.toLowerCase()] : [(s: string) => s, text]
  switch (matchPattern?.$case) {
    case 'exact':
      return folded === fold(matchPattern.exact)
    case 'prefix':
      return folded.startsWith(fold(matchPattern.prefix))
    case 'suffix':
      return folded.endsWith(fold(matchPattern.suffix))
    case 'contains':
      return folded.includes(fold(matchPattern.contains))
    case 'safeRegex':
      return matchesWhole(matchPattern.safeRegex.regex ?? '', text)
    default:
      throw new Unevaluated('a custom string matcher')
  }
}

/**
 * Envoy's HeaderMatcher. Of a header that was sent several times, one value has to fit; inverted, none may. One that isn't there
 * matches only what asks for that.
 */
export function matchesHeader(matcher: HeaderMatcher, message: HttpMessage): boolean {
  const { headerMatchSpecifier: specifier, invertMatch = false, treatMissingHeaderAsEmpty } = matcher
  const found = headerValues(message, matcher.name ?? '')
  if (!specifier) return (found !== undefined) !== invertMatch
  if (specifier.$case === 'presentMatch') return ((found !== undefined) === specifier.presentMatch) !== invertMatch
  const values = found ?? (treatMissingHeaderAsEmpty ? [''] : undefined)
  if (values === undefined) return false
  return values.some((value) => matchesValue(specifier, value)) !== invertMatch
}

type ValueSpecifier = Exclude<NonNullable<HeaderMatcher['headerMatchSpecifier']>, { $case: 'presentMatch' }>

function matchesValue(specifier: ValueSpecifier, value: string): boolean {
  switch (specifier.$case) {
    case 'stringMatch':
      return matchesString(specifier.stringMatch, value)
    case 'exactMatch':
      return value === specifier.exactMatch
    case 'prefixMatch':
      return value.startsWith(specifier.prefixMatch)
    case 'suffixMatch':
      return value.endsWith(specifier.suffixMatch)
    case 'containsMatch':
      return value.includes(specifier.containsMatch)
    case 'safeRegexMatch':
      return matchesWhole(specifier.safeRegexMatch.regex ?? '', value)
    case 'rangeMatch': {
      const { start = 0, end = 0 } = specifier.rangeMatch
      return /^[+-]?\d+$/.test(value) && Number(value) >= Number(start) && Number(value) < Number(end)
    }
  }
}

/** Envoy's QueryParameterMatcher: looks at the first value, as it stands in the path. */
export function matchesQuery({ name = '', queryParameterMatchSpecifier: specifier }: QueryParameterMatcher, path: string): boolean {
  const value = queryValues(path, name)[0]
  if (!specifier) return value !== undefined
  if (specifier.$case === 'presentMatch') return (value !== undefined) === specifier.presentMatch
  return value !== undefined && matchesString(specifier.stringMatch, value)
}

function queryValues(path: string, name: string): string[] {
  const start = path.indexOf('?')
  if (start < 0) return []
  const pairs = path
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? ([pair, ''] as const) : ([pair.slice(0, equals), pair.slice(equals + 1)] as const)
    })
  return pairs.filter(([key]) => key === name).map(([, value]) => value)
}

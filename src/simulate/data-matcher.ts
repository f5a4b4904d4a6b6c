import type { Matcher, Matcher_MatcherList_Predicate } from '../gen/xds/type/matcher/v3/matcher.js'
import type { TypedExtensionConfig } from '../gen/xds/core/v3/extension.js'
import { ServerNameInput } from '../gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs.js'
import { UriSanInput } from '../gen/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs.js'
import type { Connection } from './connection.js'
import { matchesString } from './string-match.js'
import { Unevaluated } from './unevaluated.js'
import { unpack } from './unpack.js'

/** A matcher asks for the certificate of a connection without TLS. */
class NotAvailable extends Error {}

/**
 * The action that an xDS matcher comes to. Of a list, the first entry that fits; what fits and leads nowhere goes on. One that asks
 * for what is not available comes to nothing at all, also where it asks whether something is not so.
 */
export function matchAction(matcher: Matcher, connection: Connection): TypedExtensionConfig | undefined {
  try {
    return walkMatcher(matcher, connection)
  } catch (error) {
    if (error instanceof NotAvailable) return undefined
    throw error
  }
}

function walkMatcher({ matcherType, onNoMatch }: Matcher, connection: Connection): TypedExtensionConfig | undefined {
  if (matcherType?.$case === 'matcherTree') throw new Unevaluated('a matcher tree')
  for (const { predicate, onMatch } of matcherType?.matcherList.matchers ?? []) {
    if (!predicate || !holds(predicate, connection)) continue
    const action = actionOf(onMatch?.onMatch, connection)
    if (action) return action
  }
  return actionOf(onNoMatch?.onMatch, connection)
}

type OnMatch = NonNullable<Matcher['onNoMatch']>['onMatch']

function actionOf(onMatch: OnMatch, connection: Connection): TypedExtensionConfig | undefined {
  if (onMatch?.$case === 'matcher') return walkMatcher(onMatch.matcher, connection)
  return onMatch?.action
}

function holds({ matchType }: Matcher_MatcherList_Predicate, connection: Connection): boolean {
  switch (matchType?.$case) {
    case 'orMatcher':
      return (matchType.orMatcher.predicate ?? []).some((inner) => holds(inner, connection))
    case 'andMatcher':
      return (matchType.andMatcher.predicate ?? []).every((inner) => holds(inner, connection))
    case 'notMatcher':
      return !holds(matchType.notMatcher, connection)
    case 'singlePredicate': {
      const { input, matcher } = matchType.singlePredicate
      if (matcher?.$case !== 'valueMatch') throw new Unevaluated('a custom matcher')
      const value = inputValue(input, connection)
      return value !== undefined && matchesString(matcher.valueMatch, value)
    }
    default:
      throw new Unevaluated('an empty matcher')
  }
}

function inputValue(input: TypedExtensionConfig | undefined, { callerUris, secured, tls }: Connection): string | undefined {
  if (unpack(UriSanInput, input?.typedConfig)) {
    if (!secured) throw new NotAvailable()
    return callerUris.length > 0 ? callerUris.join(',') : undefined
  }
  if (unpack(ServerNameInput, input?.typedConfig)) return tls?.sni || undefined
  throw new Unevaluated(`the matcher input "${input?.name}"`)
}

import { UriSanInput } from '../../gen/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs.js'
import { ServerNameInput } from '../../gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs.js'
import type { TypedExtensionConfig } from '../../gen/xds/core/v3/extension.js'
import type {
  Matcher,
  Matcher_MatcherList_FieldMatcher,
  Matcher_MatcherList_Predicate,
  Matcher_OnMatch,
} from '../../gen/xds/type/matcher/v3/matcher.js'
import type { StringMatcher } from '../../gen/xds/type/matcher/v3/string.js'
import { pack } from './any.js'
import type { Codec } from './encode.js'

/** What a connection shows: the caller's SPIFFE identity, the server name it asked for. Both given: both must fit. */
export interface ConnectionMatch {
  readonly spiffeID?: { readonly type: string; readonly value: string }
  readonly sni?: { readonly value: string }
}

export function extension<T>(name: string, codec: Codec<T>, config: T): TypedExtensionConfig {
  return { name, typedConfig: pack(codec, config) }
}

export function onMatch(action: TypedExtensionConfig): Matcher_OnMatch {
  return { onMatch: { $case: 'action', action } }
}

/** Takes the action where any of the matches fits; nothing where there are none. */
export function fieldMatcher(matches: readonly ConnectionMatch[], action: Matcher_OnMatch): Matcher_MatcherList_FieldMatcher[] {
  const predicates = matches.map(predicateOf).flatMap((predicate) => predicate ?? [])
  const [first] = predicates
  if (!first) return []
  const predicate: Matcher_MatcherList_Predicate =
    predicates.length === 1 ? first : { matchType: { $case: 'orMatcher', orMatcher: { predicate: predicates } } }
  return [{ predicate, onMatch: action }]
}

export function notMatching(predicate: Matcher_MatcherList_Predicate): Matcher_MatcherList_Predicate {
  return { matchType: { $case: 'notMatcher', notMatcher: predicate } }
}

export function matcherList(matchers: Matcher_MatcherList_FieldMatcher[], onNoMatch?: Matcher_OnMatch): Matcher {
  return { matcherType: matchers.length > 0 ? { $case: 'matcherList', matcherList: { matchers } } : undefined, onNoMatch }
}

function predicateOf({ spiffeID, sni }: ConnectionMatch): Matcher_MatcherList_Predicate | undefined {
  const predicates: Matcher_MatcherList_Predicate[] = []
  if (spiffeID) {
    const { type, value } = spiffeID
    const text: StringMatcher = { matchPattern: type === 'Prefix' ? { $case: 'prefix', prefix: value } : { $case: 'exact', exact: value } }
    predicates.push(single(extension('envoy.matching.inputs.uri_san', UriSanInput, {}), text))
  }
  if (sni) {
    const text: StringMatcher = { matchPattern: { $case: 'exact', exact: sni.value } }
    predicates.push(single(extension('envoy.matching.inputs.server_name', ServerNameInput, {}), text))
  }
  return predicates.length > 1 ? { matchType: { $case: 'andMatcher', andMatcher: { predicate: predicates } } } : predicates[0]
}

function single(input: TypedExtensionConfig, valueMatch: StringMatcher): Matcher_MatcherList_Predicate {
  return { matchType: { $case: 'singlePredicate', singlePredicate: { input, matcher: { $case: 'valueMatch', valueMatch } } } }
}

/** Rules for traffic that reaches a listener of the proxy. Source: Kuma MADR 069; `from` by tags: MADR 007. */
import type { MergeTraits, PolicyTraits } from '../../core/kind.js'
import { mergeConfs } from './merge.js'
import { sortInboundItems } from './order.js'
import { type Match, type Origin, type Policy, type PolicyItem, originsOf, topLevelOf } from './policy-spec.js'
import { type SubsetRules, subsetRules } from './subset-rules.js'

/** What one entry of one policy says of connections that fit a match; without a match, of all. */
export interface InboundRule<Conf = unknown> {
  readonly match?: Match
  readonly conf: Conf
  readonly origin: Origin
}

/**
 * Every entry of `rules` (and of `from`, where the kind reads it so) as one rule a match, the most specific match first and
 * the strongest policy last among equals.
 * @param policies the strongest last
 */
export function inboundRules(policies: readonly Policy[], traits: PolicyTraits): readonly InboundRule[] {
  if (!traits.hasFromTargetRef || !traits.hasRulesTargetRef) return []
  const items = policies.flatMap((policy) =>
    entriesOf(policy, traits).map((entry, ruleIndex) => ({ policy, topLevel: topLevelOf(policy), ruleIndex, ...entry })),
  )
  return sortInboundItems(items)
    .flatMap(({ policy, ruleIndex, matches, conf }): InboundRule[] => {
      const origin = { policy, ruleIndex }
      return matches.length === 0 ? [{ conf, origin }] : matches.map((match) => ({ match, conf, origin }))
    })
    .sort((a, b) => matchRank(a.match) - matchRank(b.match))
}

interface InboundEntry {
  readonly matches: readonly Match[]
  readonly conf: unknown
}

/** `rules` win where a policy has both. */
function entriesOf({ spec }: Policy, traits: PolicyTraits): InboundEntry[] {
  if (spec.rules && spec.rules.length > 0) return spec.rules.map(({ matches = [], default: conf = {} }) => ({ matches, conf }))
  if (!traits.isFromAsRules) return []
  return (spec.from ?? []).map(({ default: conf = {} }) => ({ matches: [], conf }))
}

/** The lower, the earlier: exact identity, prefix of it, any; among equals those that name a server. */
function matchRank({ spiffeID, sni }: Match = {}): number {
  const identity = spiffeID === undefined ? 3 : spiffeID.type === 'Exact' ? 0 : spiffeID.type === 'Prefix' ? 1 : 2
  return identity * 2 + (sni === undefined ? 1 : 0)
}

/** What holds for all traffic: the rules without a match merged; `undefined` where there is none. */
export function catchAll(
  rules: readonly InboundRule[],
  merge?: MergeTraits,
): { readonly conf: unknown; readonly origins: readonly Origin[] } | undefined {
  const open = rules.filter(({ match }) => match === undefined)
  if (open.length === 0) return undefined
  const [conf] = mergeConfs(
    open.map((rule) => rule.conf),
    merge,
  )
  return { conf, origins: originsOf(open.map(({ origin }) => origin)) }
}

/**
 * Rules by tags of the client, from `from`.
 * @param policies the strongest last
 */
export function fromRules(policies: readonly Policy[], traits: PolicyTraits): SubsetRules {
  if (!traits.hasFromTargetRef) return { rules: [] }
  const items = policies.flatMap((policy) =>
    (policy.spec.from ?? []).map(
      ({ targetRef = { kind: '' }, default: conf = {} }, ruleIndex): PolicyItem => ({
        policy,
        topLevel: topLevelOf(policy),
        ruleIndex,
        targetRef,
        conf,
      }),
    ),
  )
  return subsetRules(items, true, traits.merge)
}

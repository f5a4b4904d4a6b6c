/**
 * What policies say to a zone egress of one ExternalService. There is no proxy of that service to select, so its tags stand for
 * one, and `to` entries are read as if they stood in `from`. Source: `matchers/egress.go`.
 */
import type { PolicyTraits } from '../../core/kind.js'
import { type Tags, matchesTags, tag } from '../tags.js'
import { type InboundRule, fromRules, inboundRules } from './inbound.js'
import { sortPolicies } from './order.js'
import { type Policy, type PolicyItem, type TargetRef, topLevelOf } from './policy-spec.js'
import { type SubsetRule, type SubsetRules, subsetRules } from './subset-rules.js'

export interface EgressRules<Conf = unknown> {
  /** By tags of the client. Empty as well where no policy concerns the service. */
  readonly from: readonly SubsetRule<Conf>[]
  readonly inbound: readonly InboundRule<Conf>[]
  readonly warnings: readonly string[]
}

/**
 * @param policies of one kind, in store order, without shadow policies
 * @param tags of the ExternalService
 */
export function egressRules(policies: readonly Policy[], traits: PolicyTraits, tags: Tags): EgressRules {
  if (traits.hasFromTargetRef) {
    const matched = sortPolicies(policies.filter((policy) => standsFor(topLevelOf(policy), tags)))
    return answer(fromRules(matched, traits), inboundRules(matched, traits))
  }
  return traits.hasToTargetRef
    ? answer(subsetRules(turned(sortPolicies(policies), traits, tags), false, traits.merge), [])
    : answer({ rules: [] }, [])
}

function answer({ rules, problem }: SubsetRules, inbound: readonly InboundRule[]): EgressRules {
  return { from: rules, inbound, warnings: problem === undefined ? [] : [`couldn't create From rules: ${problem}`] }
}

/** Entries of `to` that mean the service, for the clients that their policies select. */
function turned(policies: readonly Policy[], traits: PolicyTraits, tags: Tags): PolicyItem[] {
  return policies.flatMap((policy) => {
    const topLevel = topLevelOf(policy)
    return (policy.spec.to ?? []).flatMap((entry, ruleIndex) =>
      entry.targetRef && standsFor(entry.targetRef, tags)
        ? [{ policy, topLevel, ruleIndex, targetRef: topLevel, conf: traits.toConf ? traits.toConf(entry) : (entry.default ?? {}) }]
        : [],
    )
  })
}

function standsFor({ kind, name = '', tags: selector = {} }: TargetRef, tags: Tags): boolean {
  if (kind === 'Mesh') return true
  if (kind === 'MeshSubset') return matchesTags(selector, tags)
  if (kind !== 'MeshService' && kind !== 'MeshServiceSubset') return false
  return name === (tags[tag.service] ?? '') && (kind === 'MeshService' || matchesTags(selector, tags))
}

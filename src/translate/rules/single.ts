/** Policies with one conf for the whole proxy (MeshTrace, MeshMetric, MeshPassthrough, MeshProxyPatch). */
import type { PolicyTraits } from '../../core/kind.js'
import { mergeConfs } from './merge.js'
import { type Origin, type Policy, originsOf } from './policy-spec.js'

export interface ProxyRule<Conf = unknown> {
  readonly conf: Conf
  readonly origins: readonly Origin[]
}

/** Whether a kind has neither direction: its policies say `default` once. */
export function isSingle({ hasToTargetRef, hasFromTargetRef, hasRulesTargetRef }: PolicyTraits): boolean {
  return !hasToTargetRef && !hasFromTargetRef && !hasRulesTargetRef
}

/**
 * The merge of all `default`s; `undefined` where no policy matches.
 * @param policies the strongest last
 */
export function proxyRule(policies: readonly Policy[], traits: PolicyTraits): ProxyRule | undefined {
  if (policies.length === 0 || !isSingle(traits)) return undefined
  const [conf] = mergeConfs(
    policies.map(({ spec }) => spec.default ?? {}),
    traits.merge,
  )
  return { conf, origins: originsOf(policies.map((policy) => ({ policy, ruleIndex: 0 }))) }
}

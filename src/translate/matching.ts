import { policies } from './policies/index.js'
import type { Slots } from './policies/policy.js'
import type { ProxyContext } from './proxy.js'
import { toIssues } from './rules/index.js'

/** The policies that concern one proxy, with what each found out about it. */
export interface Matching {
  /** The first answer of any policy, in their order. */
  first<T>(ask: (slots: Slots<unknown>, matched: unknown) => T | undefined): T | undefined
  each(visit: (slots: Slots<unknown>, matched: unknown) => void): void
}

export function matchPolicies(proxy: ProxyContext): Matching {
  const active: { slots: Slots<unknown>; matched: unknown }[] = []
  for (const policy of policies) {
    const matched: unknown = policy.match(proxy)
    if (matched !== undefined) active.push({ slots: policy.slots, matched })
    if (policy.kind.policy?.matching !== 'targetRef') continue
    for (const issue of toIssues(proxy.mesh.rules.of(policy.kind, proxy.dataplane))) proxy.report(issue)
  }
  return {
    first(ask) {
      for (const { slots, matched } of active) {
        const answer = ask(slots, matched)
        if (answer !== undefined) return answer
      }
      return undefined
    },
    each(visit) {
      for (const { slots, matched } of active) visit(slots, matched)
    },
  }
}

import type { Kind, PolicyTraits } from '../../core/kind.js'
import type { Tags } from '../tags.js'
import { type EgressRules, egressRules } from './egress.js'
import { type InboundRule, catchAll, fromRules, inboundRules } from './inbound.js'
import { type MatchedRules, type ToRules, toRules } from './matched-rules.js'
import { sortByCreation, sortPolicies } from './order.js'
import type { Matched, MatchedPolicy, PolicyIndex } from './policy-index.js'
import { type Policy, topLevelOf } from './policy-spec.js'
import { type ProxyShape, hostnameKey, listenerKey } from './proxy-shape.js'
import type { ResourceIndex } from './resource-index.js'
import { isSingle, proxyRule } from './single.js'
import type { SubsetRule, SubsetRules } from './subset-rules.js'
import { type ResourceRule, resourceRules, serviceRules } from './to.js'

/** What the engine has to know of a kind of policy. */
export type PolicyKind = Pick<Kind, 'type' | 'policy'>

/** One kind's policies in one mesh. What depends only on which of them match is made once, for all proxies. */
export interface KindRules {
  match(proxy: ProxyShape): MatchedRules
  /** Equal for proxies of which the same parts are selected by the same policies. */
  selection(proxy: ProxyShape): string
  /** Rules for real resources from all policies, whomever they select: zone egresses serve every client. */
  readonly egressTo: ToRules
  /** What holds at a zone egress for an ExternalService with these tags. */
  egress(tags: Tags): EgressRules
}

/** @param mesh identifier of the Mesh */
export function createKindRules({ type, policy }: PolicyKind, index: PolicyIndex, resources: ResourceIndex, mesh: string): KindRules {
  const traits: PolicyTraits = policy ?? { matching: 'targetRef' }
  const positions = new Map(index.policies.map((policy, position) => [policy, position]))
  const once = <T>(make: (policies: readonly Policy[]) => T): ((policies: readonly Policy[]) => T) => {
    const made = new Map<string, T>()
    return (policies) => {
      const key = policies.map((policy) => positions.get(policy)).join()
      if (!made.has(key)) made.set(key, make(policies))
      return made.get(key)!
    }
  }
  const fromOf = once((policies) => fromRules(policies, traits))
  const inboundOf = once((policies) => inboundRules(policies, traits))
  const catchAllOf = once((policies) => catchAll(inboundOf(policies), traits.merge))
  const singleOf = once((policies) => (isSingle(traits) ? proxyRule(policies, traits) : undefined))
  const servicesOf = once(
    (policies): SubsetRules => (traits.hasToTargetRef ? serviceRules(policies, traits, index.routeOf) : { rules: [] }),
  )
  const toOf = once((policies) => {
    const byKri: ReadonlyMap<string, ResourceRule> = traits.hasToTargetRef ? resourceRules(policies, traits, resources) : new Map()
    return toRules(servicesOf(policies).rules, byKri, mesh)
  })

  /** What is said to proxies that no policy of the kind speaks of. */
  let nothing: MatchedRules | undefined
  function match(proxy: ProxyShape): MatchedRules {
    const found = index.match(proxy)
    return found.policies.length + found.warnings.length === 0 ? (nothing ??= rulesFrom(found)) : rulesFrom(found)
  }

  function rulesFrom({ policies: matched, warnings }: Matched): MatchedRules {
    const policies = sortPolicies(matched.map(({ policy }) => policy))
    const byListener = groupBy(matched, ({ listeners }) => listeners, sortPolicies)
    const byHostname = groupBy(matched, ({ hostnames }) => hostnames, sortByCreation)
    const at = (groups: ReadonlyMap<string, readonly Policy[]>, key: string) => groups.get(key) ?? []
    const from = new Map<string, readonly SubsetRule[]>()
    const inbound = new Map<string, readonly InboundRule[]>()
    const problems = new Set(warnings)
    for (const [listener, list] of traits.hasFromTargetRef ? byListener : []) {
      const { rules, problem } = fromOf(list)
      from.set(listener, rules)
      inbound.set(listener, inboundOf(list))
      if (problem !== undefined) problems.add(`couldn't create From rules: ${problem}`)
    }
    const { problem } = servicesOf(policies)
    if (problem !== undefined) problems.add(`couldn't create To rules: ${problem}`)
    return {
      type,
      policies,
      to: toOf(policies),
      from: { byListener: from, forListener: (listener) => from.get(listenerKey(listener)) },
      inbound: {
        byListener: inbound,
        forListener: (listener) => inbound.get(listenerKey(listener)) ?? [],
        forSection: (section) => inboundOf(ofSection(policies, section)),
        catchAll: (listener) => catchAllOf(at(byListener, listenerKey(listener))),
      },
      gateway: {
        forListener: (listener) => toOf(at(byListener, listenerKey(listener))),
        forHostname: (listener, hostname) => toOf(at(byHostname, hostnameKey(listener, hostname))),
      },
      single: singleOf(policies),
      singleFor: (section) => singleOf(ofSection(policies, section)),
      warnings: [...problems],
    }
  }

  // A translation asks for the rules of its proxy from several places.
  let last: { readonly proxy: ProxyShape; readonly rules: MatchedRules } | undefined
  return {
    match(proxy) {
      if (last?.proxy !== proxy) last = { proxy, rules: match(proxy) }
      return last.rules
    },
    selection: index.selection,
    get egressTo() {
      return toOf(sortPolicies(index.policies))
    },
    egress: (tags) => egressRules(index.policies, traits, tags),
  }
}

/** Policies that speak of the proxy as a whole, or of this section of it. */
function ofSection(policies: readonly Policy[], section: string): readonly Policy[] {
  return policies.filter((policy) => {
    const { kind, sectionName } = topLevelOf(policy)
    return kind !== 'Dataplane' || !sectionName || sectionName === section
  })
}

/** Policies by what they select. */
function groupBy(
  matched: readonly MatchedPolicy[],
  keysOf: (selection: MatchedPolicy['selection']) => readonly string[],
  sort: (policies: readonly Policy[]) => readonly Policy[],
): ReadonlyMap<string, readonly Policy[]> {
  const groups = new Map<string, Policy[]>()
  for (const { policy, selection } of matched) {
    for (const key of keysOf(selection)) {
      const list = groups.get(key)
      if (list) list.push(policy)
      else groups.set(key, [policy])
    }
  }
  return new Map([...groups].map(([key, policies]) => [key, sort(policies)]))
}

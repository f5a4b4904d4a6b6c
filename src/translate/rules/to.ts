/** Rules for traffic that leaves the proxy: by real resource, and by `kuma.io/service` tags for what is none. Source: Kuma MADR 066. */
import type { PolicyTraits } from '../../core/kind.js'
import type { Resource } from '../../core/resource.js'
import { withSection } from './kri.js'
import { matchesHash, type HttpMatch } from './matches-hash.js'
import { mergeConfs } from './merge.js'
import { sortToItems } from './order.js'
import { type Origin, type Policy, type PolicyItem, type TargetRef, originsOf, topLevelOf } from './policy-spec.js'
import { type ResolvedTarget, resolveTarget } from './resolve.js'
import type { ResourceIndex } from './resource-index.js'
import { type SubsetRules, subsetRules } from './subset-rules.js'

/** What holds for a resource, or one section of it. */
export interface ResourceRule<Conf = unknown> {
  /** Identifier with the section, where there is one. */
  readonly kri: string
  readonly kind: string
  readonly resource: Resource
  readonly section: string
  /** One, except where the kind splits confs (hostnames of gateway routes). */
  readonly confs: readonly Conf[]
  readonly origins: readonly Origin[]
}

/** The tag that stands for one rule of a MeshHTTPRoute in subsets. Never on a real proxy. */
export const matchesHashTag = '__rule-matches-hash__'

/** Entries of `to` of all policies, in order. */
function toItems(policies: readonly Policy[], traits: PolicyTraits): PolicyItem[] {
  return policies.flatMap((policy) =>
    (policy.spec.to ?? []).map((entry, ruleIndex) => ({
      policy,
      topLevel: topLevelOf(policy),
      ruleIndex,
      targetRef: entry.targetRef ?? { kind: '' },
      conf: traits.toConf ? traits.toConf(entry) : (entry.default ?? {}),
    })),
  )
}

/**
 * One rule for each resource and section that some entry names, by identifier: the merge of all entries that concern it.
 * Policies whose own targetRef is a MeshHTTPRoute have no say here.
 * @param policies the strongest last
 */
export function resourceRules(policies: readonly Policy[], traits: PolicyTraits, index: ResourceIndex): ReadonlyMap<string, ResourceRule> {
  const items = sortToItems(
    toItems(
      policies.filter((policy) => topLevelOf(policy).kind !== 'MeshHTTPRoute'),
      traits,
    ),
  )
  const resolved = items.flatMap((item, position) =>
    resolveTarget(item.policy, item.targetRef, index).map((target) => ({ item, position, target })),
  )
  const meshWide = resolved.filter(({ target }) => target.kind === 'Mesh')
  const byResource = new Map<string, typeof resolved>()
  for (const entry of resolved) {
    const list = byResource.get(entry.target.kri)
    if (list) list.push(entry)
    else byResource.set(entry.target.kri, [entry])
  }
  const rules = new Map<string, ResourceRule>()
  for (const { target } of resolved) {
    const kri = withSection(target.kri, target.section)
    if (rules.has(kri)) continue
    const own = byResource.get(target.kri)!.filter((entry) => concerns(entry.target, target.section))
    const relevant = target.kind === 'Mesh' ? own : [...meshWide, ...own].sort((a, b) => a.position - b.position)
    const relevantItems = relevant.map(({ item }) => item)
    rules.set(kri, {
      kri,
      kind: target.kind,
      resource: target.resource,
      section: target.section,
      confs: mergeConfs(
        relevantItems.map(({ conf }) => conf),
        traits.merge,
      ),
      origins: originsOf(relevantItems),
    })
  }
  return rules
}

/** Kinds of which every section gets what any section is given: a MeshExternalService has one port, a route none. */
const indivisible: ReadonlySet<string> = new Set(['MeshExternalService', 'MeshHTTPRoute', 'Mesh'])

/** Whether what is said of a resource concerns a section of it: of the whole, or of the same section. */
function concerns(target: ResolvedTarget, section: string): boolean {
  return indivisible.has(target.kind) || target.section === '' || target.section === section
}

/**
 * Rules by `kuma.io/service` tags. A policy with an entry for a MeshHTTPRoute has no say here at all, as in Kuma.
 * @param policies the strongest last
 * @param routeOf the MeshHTTPRoute that a policy's own targetRef names
 */
export function serviceRules(
  policies: readonly Policy[],
  traits: PolicyTraits,
  routeOf: (policy: Policy) => Policy | undefined,
): SubsetRules {
  const items: PolicyItem[] = []
  for (const policy of policies) {
    if (policy.spec.to?.some(({ targetRef }) => targetRef?.kind === 'MeshHTTPRoute')) continue
    const own = toItems([policy], traits)
    if (topLevelOf(policy).kind !== 'MeshHTTPRoute') items.push(...own)
    else {
      const route = routeOf(policy)
      if (!route) return { rules: [], problem: "can't resolve MeshHTTPRoute policy" }
      items.push(...perRule(route, own).map((item, ruleIndex) => ({ ...item, ruleIndex })))
    }
  }
  return subsetRules(items, false, traits.merge)
}

interface RouteEntry {
  readonly targetRef?: TargetRef
  readonly rules?: readonly { readonly matches?: readonly HttpMatch[] }[]
}

/** What a policy on a route says, said of each rule of the route: a rule is the subset with its hash for a tag. */
function perRule(route: Policy, items: readonly PolicyItem[]): PolicyItem[] {
  return ((route.spec.to ?? []) as readonly RouteEntry[]).flatMap(({ targetRef, rules = [] }) =>
    rules.flatMap(({ matches = [] }) => {
      const tags = { [matchesHashTag]: matchesHash(matches) }
      const wide = targetRef?.kind === 'Mesh' || targetRef?.kind === 'MeshSubset'
      const ref: TargetRef = wide ? { kind: 'MeshSubset', tags } : { kind: 'MeshServiceSubset', name: targetRef?.name, tags }
      return items.map((item) => ({ ...item, targetRef: ref }))
    }),
  )
}

/**
 * Rules by subsets of proxies: from entries that may overlap to a list in which the first rule that contains a proxy holds the
 * merge of all entries that cover it. Sources: Kuma MADR 007, MADR 066.
 *
 * Entries that some proxy could be covered by at once form cliques. For each maximal clique the list has one rule for every way
 * of having or not having its tags that at least one entry covers. Only those are walked, so time goes with the size of the list.
 */
import type { MergeTraits } from '../../core/kind.js'
import { maximalCliques } from './cliques.js'
import { mergeConfs } from './merge.js'
import { type Origin, type PolicyItem, originsOf } from './policy-spec.js'
import { type Subset, type SubsetTag, compareTags, isOlderKind, overlap, subsetKey, subsetOf } from './subsets.js'

/** What holds for a subset of proxies. */
export interface SubsetRule<Conf = unknown> {
  readonly subset: Subset
  readonly conf: Conf
  readonly origins: readonly Origin[]
}

/** More rules than this are nobody's intention: each further tag doubles them. */
export const maxSubsetRules = 16_384

export interface SubsetRules {
  readonly rules: readonly SubsetRule[]
  /** Why there are no rules, in the peer's words where it has any. */
  readonly problem?: string
}

/** An entry that covers some proxies, and where it stands among all. */
interface Cover {
  readonly number: number
  readonly item: PolicyItem
  readonly subset: Subset
}

/**
 * @param items the strongest last
 * @param negations whether rules for proxies that lack a tag are needed even where entries have one tag in common at most
 */
export function subsetRules(items: readonly PolicyItem[], negations: boolean, merge: MergeTraits = {}): SubsetRules {
  const covers: Cover[] = []
  for (const item of items) {
    if (!isOlderKind(item.targetRef.kind)) continue
    const subset = subsetOf(item.targetRef)
    if (!subset) return { rules: [], problem: `can't represent ${item.targetRef.kind} as tags` }
    if (!contradicts(subset)) covers.push({ number: covers.length, item, subset })
  }
  const keys = new Set(covers.flatMap(({ subset }) => subset.map(({ key }) => key)))
  const make = ruleMaker(merge)
  if (!negations && keys.size <= 1) return { rules: onePerSubset(covers, make) }
  return partition(covers, make)
}

/** Tags that no proxy has at once: one key with two values. */
function contradicts(subset: Subset): boolean {
  return subset.some((tag, i) => i > 0 && subset[i - 1]!.key === tag.key && subset[i - 1]!.value !== tag.value)
}

type MakeRules = (subset: Subset, covers: readonly Cover[]) => readonly SubsetRule[]

/** Rules for a subset from all that cover it; equal lists of entries are merged once. */
function ruleMaker(merge: MergeTraits): MakeRules {
  const merged = new Map<string, { readonly confs: readonly unknown[]; readonly origins: readonly Origin[] }>()
  return (subset, covers) => {
    const key = covers.map(({ number }) => number).join()
    let found = merged.get(key)
    if (!found) {
      const items = covers.map(({ item }) => item)
      found = {
        confs: mergeConfs(
          items.map(({ conf }) => conf),
          merge,
        ),
        origins: originsOf(items),
      }
      merged.set(key, found)
    }
    const { confs, origins } = found
    return confs.map((conf) => ({ subset, conf, origins }))
  }
}

/** With at most one key, subsets are equal, or one is everything, or they have nothing in common. */
function onePerSubset(covers: readonly Cover[], make: MakeRules): SubsetRule[] {
  const groups = new Map<string, { subset: Subset; covers: Cover[] }>()
  for (const { subset } of covers) groups.set(subsetKey(subset), { subset, covers: [] })
  for (const cover of covers) {
    if (cover.subset.length === 0) for (const group of groups.values()) group.covers.push(cover)
    else groups.get(subsetKey(cover.subset))!.covers.push(cover)
  }
  return [...groups.values()].flatMap((group) => make(group.subset, group.covers)).sort((a, b) => b.subset.length - a.subset.length)
}

function partition(covers: readonly Cover[], make: MakeRules): SubsetRules {
  const groups = cliquesOf(covers)
  const smallest = [...covers].sort((a, b) => a.subset.length - b.subset.length)
  const found: { readonly rule: SubsetRule; readonly rank: number }[] = []
  for (const group of groups ?? []) {
    const tags = distinctTags(group)
    const fewest = Math.min(...group.map(({ subset }) => subset.length))
    if (found.length + 2 ** (tags.length - fewest) > maxSubsetRules) return tooMany(covers)
    for (const { subset, covering } of combinations(tags, group)) {
      const rank = rankOf(subset, covering, smallest)
      for (const rule of make(subset, covering)) found.push({ rule, rank })
      if (found.length > maxSubsetRules) return tooMany(covers)
    }
  }
  if (!groups) return tooMany(covers)
  return { rules: found.sort((a, b) => b.rank - a.rank).map(({ rule }) => rule) }
}

function tooMany(covers: readonly Cover[]): SubsetRules {
  return { rules: [], problem: `the tags of ${covers.length} entries overlap in more than ${maxSubsetRules} ways` }
}

/** Maximal sets of entries that can cover one proxy at once, in the peer's order; entries with equal tags stay together. */
function cliquesOf(covers: readonly Cover[]): readonly (readonly Cover[])[] | undefined {
  const twins = new Map<string, number[]>()
  for (const [index, { subset }] of covers.entries()) {
    const key = subsetKey(subset)
    const list = twins.get(key)
    if (list) list.push(index)
    else twins.set(key, [index])
  }
  const nodes = [...twins.values()]
  const subsets = nodes.map(([first]) => covers[first!]!.subset)
  const cliques = maximalCliques(nodes.length, (a, b) => overlap(subsets[a]!, subsets[b]!), maxSubsetRules)
  return cliques
    ?.map((clique) => clique.flatMap((node) => nodes[node]!).sort((a, b) => a - b))
    .map((indexes) => ({ indexes, text: indexes.join(':') }))
    .sort((a, b) => (a.text < b.text ? 1 : a.text > b.text ? -1 : 0))
    .map(({ indexes }) => indexes.map((index) => covers[index]!))
}

function distinctTags(covers: readonly Cover[]): SubsetTag[] {
  const tags = new Map<string, SubsetTag>()
  for (const { subset } of covers) for (const tag of subset) tags.set(tag.key, tag)
  return [...tags.values()].sort(compareTags)
}

interface Combination {
  readonly subset: Subset
  readonly covering: readonly Cover[]
}

/**
 * Each way of having or not having the tags that some entry covers. The order is that of a counter whose lowest digit is the
 * first tag and in which a set digit negates, except that having all tags comes last.
 */
function* combinations(tags: readonly SubsetTag[], covers: readonly Cover[]): Generator<Combination> {
  const needs = new Map(tags.map(({ key }) => [key, new Set(covers.filter(({ subset }) => subset.some((tag) => tag.key === key)))]))
  function* walk(left: number, chosen: Subset, covering: readonly Cover[]): Generator<Combination> {
    const tag = tags[left - 1]
    if (!tag) {
      yield { subset: chosen, covering }
      return
    }
    yield* walk(left - 1, [tag, ...chosen], covering)
    const rest = covering.filter((cover) => !needs.get(tag.key)!.has(cover))
    if (rest.length > 0) yield* walk(left - 1, [{ ...tag, not: true }, ...chosen], rest)
  }
  const all = walk(tags.length, [], covers)
  const first = all.next()
  yield* all
  if (!first.done) yield first.value
}

/**
 * Where a rule stands: the more tags it asks for, the earlier. Tags that none of its entries asks for don't count where they
 * would put it before the rule of another clique that more entries cover (there the peer's first match is the wrong one).
 * @param smallest all entries, those with the fewest tags first
 */
function rankOf(subset: Subset, covering: readonly Cover[], smallest: readonly Cover[]): number {
  const positive = subset.reduce((count, { not }) => count + (not ? 0 : 1), 0)
  const asked = new Set(covering.flatMap((cover) => cover.subset.map(({ key }) => key)))
  if (asked.size === positive) return positive
  const own = new Set(covering)
  for (const cover of smallest) {
    if (cover.subset.length > positive) break
    const missing = cover.subset.filter(({ key }) => !asked.has(key)).length
    if (asked.size + missing <= positive && !own.has(cover) && overlap(cover.subset, subset)) return asked.size
  }
  return positive
}

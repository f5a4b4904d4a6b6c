import type { Resource } from '../core/resource.js'
import type { ProxyContext } from './proxy.js'
import { type Tags, matchesTags, tag } from './tags.js'

/**
 * How the source/destination family finds its policy: the most specific selectors win, the newest policy breaks ties.
 * Source: Kuma "How Kuma chooses the right policy to apply" (source/destination policies).
 */
export interface Selector {
  readonly match?: Tags
}

export interface ConnectionSpec {
  readonly sources?: readonly Selector[]
  readonly destinations?: readonly Selector[]
}

/** How specific a selector is: all its tags count first, then those without a wildcard. */
export interface Rank {
  readonly total: number
  readonly exact: number
}

const nothing: Rank = { total: 0, exact: 0 }

export function rankOf(selector: Tags): Rank {
  const values = Object.values(selector)
  return { total: values.length, exact: values.filter((value) => value !== '*').length }
}

export const addRanks = (a: Rank, b: Rank): Rank => ({ total: a.total + b.total, exact: a.exact + b.exact })
const compareRanks = (a: Rank, b: Rank): number => a.total - b.total || a.exact - b.exact

/** Creation times as text that sorts: RFC 3339 in UTC with the fraction filled up to nanoseconds. */
export function creationOrder({ creationTime = '' }: Resource): string {
  const [seconds = '', fraction = ''] = creationTime.replace('Z', '').split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}`
}

/** The service that stands for connections that pass through without being in the mesh. */
export const passThroughService = 'pass_through'

/** The best policy for connections from this proxy to each service, asked service by service. */
export function outboundPolicies<Spec extends ConnectionSpec>(
  policies: readonly Resource<Spec>[],
  tagSets: readonly Tags[],
): (service: string) => Resource<Spec> | undefined {
  const candidates = policies.flatMap((policy) => {
    const rank = bestRank(policy.spec.sources, (selector) => tagSets.some((tags) => matchesTags(selector, tags)))
    return rank ? [{ policy, rank }] : []
  })
  const answers = new Map<string, Resource<Spec> | undefined>()
  return (service) => {
    if (!answers.has(service)) answers.set(service, mostSpecific(candidates, { [tag.service]: service }))
    return answers.get(service)
  }
}

/** The best policy for connections to the given tags (an inbound, an external service), whoever makes them. */
export function inboundPolicy<Spec extends ConnectionSpec>(policies: readonly Resource<Spec>[], tags: Tags): Resource<Spec> | undefined {
  return mostSpecific(
    policies.map((policy) => ({ policy, rank: nothing })),
    tags,
  )
}

/** All policies for connections to the given tags, the most specific source first, the newest first among equals. */
export function inboundPoliciesBySource<Spec extends ConnectionSpec>(policies: readonly Resource<Spec>[], tags: Tags): Resource<Spec>[] {
  return policies
    .flatMap((policy) => (policy.spec.destinations ?? []).filter(({ match = {} }) => matchesTags(match, tags)).map(() => policy))
    .sort((a, b) => {
      const rank = (p: Resource<Spec>) => rankOf(p.spec.sources?.[0]?.match ?? {})
      return compareRanks(rank(b), rank(a)) || (creationOrder(a) > creationOrder(b) ? -1 : creationOrder(a) < creationOrder(b) ? 1 : 0)
    })
}

/** The best policy by selectors of dataplanes (TrafficTrace, ProxyTemplate); one without any means all of them. */
export function dataplanePolicy<Spec extends { readonly selectors?: readonly Selector[] }>(
  policies: readonly Resource<Spec>[],
  { tagSets }: ProxyContext,
): Resource<Spec> | undefined {
  let best: { policy: Resource<Spec>; rank: Rank } | undefined
  for (const policy of policies) {
    const everything = !policy.spec.selectors?.length
    const rank = everything ? nothing : bestRank(policy.spec.selectors, (selector) => tagSets.some((tags) => matchesTags(selector, tags)))
    if (rank && (!best || wins({ policy, rank }, best))) best = { policy, rank }
  }
  return best?.policy
}

/** All policies of which a selector matches the tags, the most specific first, the newest first among equals. */
export function selectorPolicies<Spec extends { readonly selectors?: readonly Selector[] }>(
  policies: readonly Resource<Spec>[],
  tags: Tags,
): Resource<Spec>[] {
  return policies
    .flatMap((policy) => {
      const rank = bestRank(policy.spec.selectors, (selector) => matchesTags(selector, tags))
      return rank ? [{ policy, rank }] : []
    })
    .sort((a, b) => (wins(a, b) ? -1 : wins(b, a) ? 1 : 0))
    .map(({ policy }) => policy)
}

function bestRank(selectors: readonly Selector[] | undefined, matches: (selector: Tags) => boolean): Rank | undefined {
  let best: Rank | undefined
  for (const { match = {} } of selectors ?? []) {
    if (!matches(match)) continue
    const rank = rankOf(match)
    if (!best || compareRanks(rank, best) > 0) best = rank
  }
  return best
}

/** Whether `a` goes before `b`: by rank, then the newest. */
export function wins(a: { policy: Resource; rank: Rank }, b: { policy: Resource; rank: Rank }): boolean {
  const order = compareRanks(a.rank, b.rank)
  return order > 0 || (order === 0 && creationOrder(a.policy) > creationOrder(b.policy))
}

function mostSpecific<Spec extends ConnectionSpec>(
  candidates: readonly { readonly policy: Resource<Spec>; readonly rank: Rank }[],
  destination: Tags,
): Resource<Spec> | undefined {
  let best: { policy: Resource<Spec>; rank: Rank } | undefined
  for (const { policy, rank } of candidates) {
    for (const { match = {} } of policy.spec.destinations ?? []) {
      if (!matchesTags(match, destination)) continue
      const candidate = { policy, rank: addRanks(rank, rankOf(match)) }
      if (!best || wins(candidate, best)) best = candidate
    }
  }
  return best?.policy
}

/** Groups of proxies by tags: what `from` entries and `kuma.io/service` destinations are for the engine. Source: Kuma MADR 007. */
import { tag as tags, type Tags } from '../tags.js'
import type { TargetRef } from './policy-spec.js'

/** A tag that members of a subset have, or (`not`) don't have. */
export interface SubsetTag {
  readonly key: string
  readonly value: string
  readonly not: boolean
}

/** All proxies that fit every tag; without tags all proxies. Sorted by key, then value. */
export type Subset = readonly SubsetTag[]

/** The kinds of targetRef that stand for a subset. Others name resources and never end up in subset rules. */
const tagKinds: ReadonlySet<string> = new Set(['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset'])

/** Whether the engine for subsets looks at a kind at all: only at those older than real services. */
export function isOlderKind(kind: string): boolean {
  return tagKinds.has(kind) || kind === 'MeshGateway' || kind === 'MeshHTTPRoute'
}

/** The tags that a targetRef asks for; `undefined` where it can't be said in tags. */
export function subsetOf({ kind, name = '', tags: given = {} }: TargetRef): Subset | undefined {
  if (!tagKinds.has(kind)) return undefined
  const subset: SubsetTag[] = []
  if (kind === 'MeshService' || kind === 'MeshServiceSubset') subset.push({ key: tags.service, value: name, not: false })
  if (kind === 'MeshSubset' || kind === 'MeshServiceSubset') {
    for (const [key, value] of Object.entries(given)) subset.push({ key, value, not: false })
  }
  return subset.sort(compareTags)
}

/** Whether proxies with these tags are in the subset. */
export function contains(subset: Subset, source: Tags): boolean {
  return subset.every(({ key, value, not }) => (source[key] === value) !== not)
}

/** Whether some proxy could be in both subsets. */
export function overlap(a: Subset, b: Subset): boolean {
  return a.every((x) => b.every((y) => x.key !== y.key || (x.not || y.not ? x.not === y.not || x.value !== y.value : x.value === y.value)))
}

/** A text that is equal for equal subsets. */
export function subsetKey(subset: Subset): string {
  return JSON.stringify(subset.map(({ key, value, not }) => [key, value, not]))
}

export function compareTags(a: SubsetTag, b: SubsetTag): number {
  return compareText(a.key, b.key) || compareText(a.value, b.value)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

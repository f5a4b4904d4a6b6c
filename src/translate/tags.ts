/** Tags of Kuma's data plane proxies and the selectors that match them. */
export type Tags = Readonly<Record<string, string>>

export const tag = {
  service: 'kuma.io/service',
  protocol: 'kuma.io/protocol',
  zone: 'kuma.io/zone',
  mesh: 'kuma.io/mesh',
  unifiedName: 'kuma.io/unified-name',
  externalServiceName: 'kuma.io/external-service-name',
} as const

export const header = { tags: 'x-kuma-tags' } as const

/** Whether all of the selector's tags are there; `*` matches any value of a tag that is there. */
export function matchesTags(selector: Tags, tags: Tags): boolean {
  for (const key in selector) {
    const value = tags[key]
    if (value === undefined || (selector[key] !== '*' && selector[key] !== value)) return false
  }
  return true
}

export function withoutTags(tags: Tags, ...names: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !names.includes(name)))
}

/** Every value that each tag has on any of the given tag sets; keys and values sorted. */
export function mergeTagSets(sets: readonly Tags[]): ReadonlyMap<string, readonly string[]> {
  const merged = new Map<string, Set<string>>()
  for (const set of sets) {
    for (const [key, value] of Object.entries(set)) {
      const values = merged.get(key)
      if (values) values.add(value)
      else merged.set(key, new Set([value]))
    }
  }
  return new Map([...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, values]) => [key, [...values].sort()]))
}

/** The tags of a proxy in the header that its peers match sources with: `&k=v1,v2&&k2=v&`. */
export function tagsHeader(sets: readonly Tags[]): string {
  return [...mergeTagSets(sets)].map(([key, values]) => `&${key}=${values.join(',')}&`).join('')
}

/** A regular expression for that header: matches callers that one of the selectors selects. */
export function tagsHeaderRegex(selectors: readonly Tags[]): string {
  const expressions = selectors.map(selectorRegex)
  return expressions.length === 1 ? (expressions[0] ?? '') : `(${expressions.join('|')})`
}

function selectorRegex(selector: Tags): string {
  const parts = Object.entries(selector)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `&${key}=${value === '*' ? '' : `[^&]*${value.replaceAll('.', '\\.')}[,&]`}.*`)
  return `.*${parts.join('')}`
}

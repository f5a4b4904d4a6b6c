import type { HttpMatch, PathMatch } from './conf.js'

const pathRank = { Exact: 0, PathPrefix: 1, RegularExpression: 2 } as const

/**
 * Which of two matches a request meets first, as the Gateway API orders them: the exact path, the longer prefix, the
 * longer expression, a method, more headers, more query parameters. Negative: the first one.
 */
export function compareMatches(a: HttpMatch, b: HttpMatch): number {
  return (
    comparePaths(a.path, b.path) ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    (b.headers?.length ?? 0) - (a.headers?.length ?? 0) ||
    (b.queryParams?.length ?? 0) - (a.queryParams?.length ?? 0)
  )
}

function comparePaths(a: PathMatch | undefined, b: PathMatch | undefined): number {
  if (!a || !b) return Number(a === undefined) - Number(b === undefined)
  if (a.type !== b.type) return pathRank[a.type] - pathRank[b.type]
  return a.type === 'Exact' ? 0 : b.value.length - a.value.length
}

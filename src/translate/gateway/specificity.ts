import type { PathRewrite, RequestMatch, RouteEntry } from './route-table.js'

/**
 * The rows of a route table as Envoy has to try them: prefixes taken apart so that they match whole path segments, then the
 * most specific match first.
 */
export function orderedEntries(entries: readonly RouteEntry[]): RouteEntry[] {
  return expandPrefixes(entries).sort((a, b) => compareMatches(a.match, b.match))
}

const trimmed = (path: string) => path.replace(/\/+$/, '')

/**
 * `/a` means the path `/a` and everything below `/a/`, but not `/ab`: two rows, unless somebody speaks of exactly `/a`
 * already. The root needs one row only, as long as nothing replaces the prefix.
 */
function expandPrefixes(entries: readonly RouteEntry[]): RouteEntry[] {
  const exactPaths = new Set(entries.flatMap(({ match }) => match.exactPath ?? []))
  const expanded: RouteEntry[] = []
  const byPrefix = new Map<string, RouteEntry[]>()
  for (const entry of entries) {
    const { prefixPath } = entry.match
    if (prefixPath === undefined) expanded.push(entry)
    else byPrefix.set(prefixPath, [...(byPrefix.get(prefixPath) ?? []), entry])
  }
  for (const [prefix, group] of byPrefix) {
    const path = trimmed(prefix)
    const taken = exactPaths.has(path)
    for (const entry of group) {
      expanded.push(belowPrefix(entry, path))
      if (taken || (path === '' && !replacesPrefix(entry))) continue
      expanded.push(atPrefix(entry, path))
      exactPaths.add(path)
    }
  }
  return expanded
}

const replacesPrefix = ({ rewrite, redirect }: RouteEntry) =>
  rewrite?.replacePrefix !== undefined || redirect?.path?.replacePrefix !== undefined

function belowPrefix(entry: RouteEntry, path: string): RouteEntry {
  const { rewrite, redirect } = entry
  const withSlash = <P extends PathRewrite>(change: P): P =>
    change.replacePrefix === undefined ? change : { ...change, replacePrefix: `${trimmed(change.replacePrefix)}/` }
  return {
    ...entry,
    match: { ...entry.match, prefixPath: `${path}/` },
    rewrite: rewrite && withSlash(rewrite),
    redirect: redirect && { ...redirect, path: redirect.path && withSlash(redirect.path) },
  }
}

/** At the prefix itself, replacing the prefix replaces the whole path; whatever else the rewrite says is lost, as in Kuma. */
function atPrefix(entry: RouteEntry, path: string): RouteEntry {
  const { rewrite, redirect } = entry
  const whole = (replacePrefix: string): PathRewrite => ({ replaceFull: trimmed(replacePrefix) || '/' })
  const replaced = rewrite?.replacePrefix
  const redirected = redirect?.path?.replacePrefix
  return {
    ...entry,
    match: { ...entry.match, prefixPath: undefined, exactPath: path || '/' },
    rewrite: replaced === undefined ? rewrite : whole(replaced),
    redirect: redirect && redirected !== undefined ? { ...redirect, path: whole(redirected) } : redirect,
  }
}

/** Negative: `a` goes first. Exact paths, prefixes, expressions; longer ones first; then method, headers, query, letters. */
function compareMatches(a: RequestMatch, b: RequestMatch): number {
  const paths =
    comparePresence(a.exactPath, b.exactPath) || comparePresence(a.prefixPath, b.prefixPath) || comparePresence(a.regexPath, b.regexPath)
  if (paths !== 0 || a.regexPath !== undefined) return paths
  return (
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    countedHeaders(b) - countedHeaders(a) ||
    (b.query?.length ?? 0) - (a.query?.length ?? 0) ||
    compareText(pathOf(a), pathOf(b))
  )
}

function comparePresence(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return b.length - a.length
}

/** Matches by a header's prefix don't count, as in Kuma. */
const countedHeaders = ({ headers = [] }: RequestMatch) => headers.filter(({ kind }) => kind !== 'prefix').length
const pathOf = ({ exactPath = '', prefixPath = '', regexPath = '' }: RequestMatch) => exactPath + prefixPath + regexPath
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

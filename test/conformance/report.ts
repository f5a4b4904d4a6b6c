import type { Json } from './cases.js'
import { type Difference, isList, isObject } from './compare.js'
import { type CaseResult, type Check, checks } from './run.js'

export const agrees = (result: CaseResult) => result.differences.length === 0 && result.crash === undefined

/** One line a group: how many cases agree, in all and check by check. */
export function table(results: readonly CaseResult[]): string {
  const groups = [...new Set(results.map((result) => result.group))]
  const head = ['group', 'agree', ...checks]
  const rows = groups.map((group) => {
    const mine = results.filter((result) => result.group === group)
    return [group, ratio(mine.filter(agrees).length, mine.length), ...checks.map((check) => share(mine, check))]
  })
  const widths = head.map((title, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0), title.length))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 2))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}

function share(results: readonly CaseResult[], check: Check): string {
  const having = results.filter((result) => result.checked.includes(check))
  const good = having.filter((result) => result.crash === undefined && !result.differences.some((d) => d.check === check))
  return having.length === 0 ? '-' : ratio(good.length, having.length)
}

const ratio = (part: number, whole: number) => `${part}/${whole}`

/** The differences of one case, a line each. */
export function details(result: CaseResult, limit: number): string {
  const lines = result.crash ? result.crash.split('\n').slice(0, 6) : result.differences.slice(0, limit).map((d) => line(d))
  const more = result.differences.length - limit
  return [`${result.group}/${result.name}`, ...lines, ...(more > 0 ? [`... and ${more} more (--limit)`] : [])].join('\n  ')
}

function line({ path, got, want }: Difference): string {
  if (want === undefined) return `${path}: should not be there: ${short(got)}`
  if (got === undefined) return `${path}: missing: ${short(want)}`
  return `${path}: got ${short(got)}, want ${short(want)}`
}

function short(value: Json | undefined): string {
  const text = JSON.stringify(value)
  return text.length <= 200
    ? text
    : `${text.slice(0, 160)}... (${isList(value) || isObject(value) ? Object.keys(value).length : text.length})`
}

/** What goes wrong most: places without their names and indexes, with the number of cases and one of them. */
export function causes(results: readonly CaseResult[], limit: number): string {
  const found = new Map<string, Set<string>>()
  const add = (cause: string, result: CaseResult) => found.set(cause, (found.get(cause) ?? new Set()).add(result.name))
  for (const result of results) {
    if (result.crash) add(`crash: ${result.crash.split('\n')[0]}`, result)
    for (const difference of result.differences) add(causeOf(difference), result)
  }
  const ranked = [...found].sort(([, a], [, b]) => b.size - a.size)
  return ranked
    .slice(0, limit)
    .map(([cause, names]) => `${String(names.size).padStart(5)}  ${cause}  (${[...names].slice(0, 2).join(', ')})`)
    .join('\n')
}

function causeOf({ path, got, want }: Difference): string {
  const place = path
    .replace(/^(snapshots|rules)(\.[\w$]+|\["[^"]*"\])/, '$1')
    .replace(/\[\+?\d+\]/g, '[]')
    .replace(/\["(?!@type)(?:[^"\\]|\\.)*"\]/g, '.*')
    .replace(/^(snapshots\.(?:clusters|listeners|routes|endpoints|secrets))\.\w+/, '$1.*')
    .replace(/^snapshots\./, '')
  return `${want === undefined ? '+ ' : got === undefined ? '- ' : '~ '}${place}`
}

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CaseResult, Check } from './run.js'

const file = join(dirname(fileURLToPath(import.meta.url)), '../../known-differences.json')

/** Where we differ from the peer on purpose. The path is the one that the runner prints. */
export interface KnownDifference {
  /** `legacy/tr-not-matching` */
  readonly case: string
  readonly path: string
  /** Why we are right and the peer is not. */
  readonly reason: string
}

export function readKnownDifferences(): KnownDifference[] {
  return JSON.parse(readFileSync(file, 'utf8')) as KnownDifference[]
}

/** Takes what is known out of the results. What is listed but did not occur comes back as `stale`. */
export function withoutKnown(
  results: readonly CaseResult[],
  known: readonly KnownDifference[],
  checked: readonly Check[],
): { results: CaseResult[]; stale: KnownDifference[] } {
  const used = new Set<KnownDifference>()
  const cleaned = results.map((result) => {
    const mine = known.filter((k) => k.case === `${result.group}/${result.name}`)
    const differences = result.differences.filter((difference) => {
      const listed = mine.find((k) => k.path === difference.path)
      if (listed) used.add(listed)
      return !listed
    })
    return { ...result, differences }
  })
  const ran = new Set(results.map((result) => `${result.group}/${result.name}`))
  const looked = (k: KnownDifference) =>
    ran.has(k.case) && checked.some((check) => k.path === check || k.path.startsWith(`${check}.`) || k.path.startsWith(`${check}[`))
  return { results: cleaned, stale: known.filter((k) => looked(k) && !used.has(k)) }
}

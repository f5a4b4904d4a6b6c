/**
 * `npm run conformance [-- options]`: asks what kuma-cp was asked and compares the answers.
 *
 *   --group legacy          only this group
 *   --case 'tr-*'           only cases of this name (several with commas)
 *   --kinds-within A,B      only cases that use no other kinds than these
 *   --check snapshots       only this part of the answers (snapshots, refusal, resources, rules; several with commas)
 *   -v                      the differences of each case
 *   --out folder            write the cases out: input, expected and our own answers
 *   --limit 12              how many differences a case, and how many causes
 */
import { parseArgs } from 'node:util'
import { casesOf, groupNames } from './cases.js'
import { readKnownDifferences, withoutKnown } from './known.js'
import { agrees, causes, details, table } from './report.js'
import { type CaseResult, type Check, checks, runCase } from './run.js'
import { writeOut } from './write-out.js'

const { values } = parseArgs({
  options: {
    group: { type: 'string' },
    case: { type: 'string', default: '*' },
    'kinds-within': { type: 'string' },
    check: { type: 'string' },
    verbose: { type: 'boolean', short: 'v', default: false },
    limit: { type: 'string', default: '12' },
    out: { type: 'string' },
  },
})
const list = (text: string) => text.split(',').map((item) => item.trim())
const glob = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )

const patterns = list(values.case).map(glob)
const kinds = values['kinds-within'] === undefined ? undefined : new Set(list(values['kinds-within']))
const wanted = values.check === undefined ? checks : (list(values.check) as Check[])
const limit = Number(values.limit)
for (const check of wanted) if (!checks.includes(check)) throw new Error(`--check takes ${checks.join(', ')}; found "${check}"`)

const cases = groupNames()
  .filter((group) => values.group === undefined || group === values.group)
  .flatMap((group) => casesOf(group, (name) => patterns.some((pattern) => pattern.test(name))))
  .filter((testCase) => !kinds || [...testCase.kinds].every((kind) => kinds.has(kind)))
if (values.out !== undefined) for (const testCase of cases) writeOut(testCase, values.out)
const results: CaseResult[] = cases.map((testCase) => runCase(testCase, wanted))
if (results.length === 0) throw new Error('no case is of that group, name and kinds')

const { results: remaining, stale } = withoutKnown(results, readKnownDifferences(), wanted)
const failed = remaining.filter((result) => !agrees(result))
if (values.verbose) for (const result of failed) console.log(`${details(result, limit)}\n`)
if (failed.length > 0) console.log(`${causes(failed, values.verbose ? limit : 2 * limit)}\n`)
for (const entry of stale) console.log(`known-differences.json lists what no longer differs: ${entry.case} ${entry.path}`)
console.log(table(remaining))
process.exitCode = failed.length + stale.length > 0 ? 1 : 0

import { type Answer, answerOf, storedByName } from './answer.js'
import type { ConformanceCase, JsonObject } from './cases.js'
import { type Difference, differences } from './compare.js'

/** What of an answer is compared; each is counted on its own. */
export const checks = ['snapshots', 'refusal', 'resources', 'rules'] as const
export type Check = (typeof checks)[number]

export interface CaseResult {
  readonly group: string
  readonly name: string
  readonly kinds: ReadonlySet<string>
  /** Checks that this case has an expectation for. */
  readonly checked: readonly Check[]
  readonly differences: readonly (Difference & { readonly check: Check })[]
  /** Set where we threw: nothing could be compared. */
  readonly crash?: string
}

export function runCase(testCase: ConformanceCase, wanted: readonly Check[]): CaseResult {
  const { group, name, kinds } = testCase
  const expected = expectationOf(testCase)
  const checked = wanted.filter((check) => expected[check] !== undefined)
  try {
    const answer = answerOf(testCase, checked)
    const found = checked.flatMap((check) => differences(answer[check], expected[check], check).map((d) => ({ ...d, check })))
    return { group, name, kinds, checked, differences: found }
  } catch (error) {
    return { group, name, kinds, checked, differences: [], crash: (error as Error).stack ?? String(error) }
  }
}

/** What the peer answered, check by check; absent where the case has nothing to hold against. */
export function expectationOf({ snapshots, refusal, resources, rules }: ConformanceCase): Answer {
  return {
    ...(refusal ? {} : { snapshots }),
    refusal: refusal ? { resource: refusal.resource, status: refusal.status, body: refusal.body } : {},
    ...(resources.length > 0 && { resources: storedByName(resources, resources) as JsonObject }),
    ...(Object.keys(rules).length > 0 && { rules }),
  }
}

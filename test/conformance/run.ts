import { type Answer, answerOf } from './answer.js'
import type { ConformanceCase, Json, JsonObject } from './cases.js'
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

export async function runCase(testCase: ConformanceCase, wanted: readonly Check[]): Promise<CaseResult> {
  const { group, name, kinds } = testCase
  const expected = expectationOf(testCase)
  const checked = wanted.filter((check) => expected[check] !== undefined)
  try {
    const answer = comparable(await answerOf(testCase, checked))
    const found = checked.flatMap((check) => differences(answer[check], expected[check], check).map((d) => ({ ...d, check })))
    return { group, name, kinds, checked, differences: found }
  } catch (error) {
    return { group, name, kinds, checked, differences: [], crash: (error as Error).stack ?? String(error) }
  }
}

type Comparable = { readonly [C in Check]?: Json }

function expectationOf({ snapshots, refusal, resources, rules }: ConformanceCase): Comparable {
  return {
    ...(refusal ? {} : { snapshots }),
    refusal: refusal ? { resource: refusal.resource, status: refusal.status, body: refusal.body } : {},
    ...(resources.length > 0 && { resources: byName(resources) }),
    ...(Object.keys(rules).length > 0 && { rules }),
  }
}

function comparable({ snapshots, refusal, resources, rules }: Answer): Comparable {
  return {
    snapshots: snapshots ?? {},
    refusal: refusal ?? {},
    resources: byName(resources ?? []),
    rules: rules ?? {},
  }
}

/** Times differ from run to run. */
function byName(resources: readonly JsonObject[]): Json {
  return Object.fromEntries(
    resources.map(({ creationTime: _created, modificationTime: _modified, ...resource }) => [
      `${resource['type']}/${resource['name']}`,
      resource,
    ]),
  )
}

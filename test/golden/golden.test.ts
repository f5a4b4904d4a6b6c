import { describe, expect, test } from 'vitest'
import { answerGolden, goldenCases, goldenFaults, storedGolden, translateGolden } from '../../src/testing/golden.js'
import { rejections } from '../../src/testing/rejections.js'
import { envoy } from '../with-envoy.js'
import { goldenRoot } from './root.js'

const cases = goldenCases(goldenRoot)

describe('golden cases', () => {
  test('no stray folder, no policy without a case, each case says what it proves', () => {
    expect(goldenFaults(goldenRoot)).toEqual([])
  })

  test.each(cases.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    expect(Object.fromEntries(answerGolden(golden)), 'run `npm run golden` and look at the diff').toEqual(
      Object.fromEntries(storedGolden(golden)),
    )
  })

  test.skipIf(envoy.missing)(`Envoy takes each of them ${envoy.reason}`, async () => {
    const proxies = cases.flatMap((golden) =>
      Object.entries(translateGolden(golden).proxies).map(([proxy, snapshot]) => ({ name: `${golden.name} ${proxy}`, snapshot })),
    )
    expect(proxies.length).toBeGreaterThan(0)
    expect(await rejections(envoy.path, proxies)).toEqual([])
  })
})

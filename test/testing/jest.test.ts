import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// vitest and jest keep their matchers in one place of a process: jest's expect gets a process of its own.
const program = fileURLToPath(new URL('jest-expectations.ts', import.meta.url))

test('the matchers work with the expect of jest: they pass, fail, and tell what happens instead', { timeout: 120_000 }, () => {
  const outcomes: Record<string, string> = JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' }))
  const passing = Object.entries(outcomes).filter(([, outcome]) => outcome === 'passes')
  expect(passing.map(([name]) => name)).toEqual(['allowed', 'denied', 'routed'])
  expect(outcomes['not allowed']).toMatch(/expected GET \/ from "web" to "orders" not to be allowed[\s\S]*100 % delivered/)
  expect(outcomes['allowed where nobody is']).toMatch(/to be allowed[\s\S]*100 % denied/)
  expect(outcomes['not denied']).toContain('not to be denied')
  expect(outcomes['routed elsewhere']).toContain('and 0 % did')
  expect(outcomes['a golden that is not there']).toContain('is not written down')
})

import { describe, expect, it } from 'vitest'
import { runCase } from './case.js'
import { deltaCases } from './delta-cases.js'
import { reducers } from './reducers.js'
import { sotwCases } from './sotw-cases.js'

describe.each([
  ['state of the world', sotwCases],
  ['incremental', deltaCases],
])('%s', (_, cases) => {
  it.each(cases)('$rule', async (rule) => {
    expect(await runCase(rule, reducers(rule.protocol))).toBeUndefined()
  })
})

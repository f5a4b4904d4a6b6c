import { afterEach, describe, expect, it } from 'vitest'
import { runCase } from './case.js'
import { deltaCases } from './delta-cases.js'
import { sotwCases } from './sotw-cases.js'
import { type Rig, overWire, rig } from './wire.js'

let open: Rig | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

describe.each([
  ['state of the world', sotwCases],
  ['incremental', deltaCases],
])('%s, over gRPC', (_, cases) => {
  it.each(cases)('$rule', async (rule) => {
    open = await rig()
    expect(await runCase(rule, overWire(rule.protocol, open))).toBeUndefined()
  })
})

import { describe, expect, test } from 'vitest'
import { envoy } from '../with-envoy.js'
import { checkSimulation } from './check.js'

describe.skipIf(envoy.missing)(`simulate and real Envoys ${envoy.reason}`, () => {
  test('agree on random requests in random meshes', { timeout: 300_000 }, async () => {
    const options = { seed: 20_260_101, meshes: 12, requestsEach: 100 }
    const { requests, kinds, certain, over, differences } = await checkSimulation(envoy.path, options)
    expect(differences.slice(0, 3)).toEqual([])
    // The requests have to be worth asking: each way of ending, most of them without a choice.
    expect(requests).toBe(1200)
    expect(certain).toBeGreaterThan(600)
    expect(kinds.unknown).toBe(0)
    for (const kind of ['delivered', 'denied', 'answered', 'failed'] as const) expect(kinds[kind], kind).toBeGreaterThan(20)
    for (const [way, count] of Object.entries(over)) expect(count, way).toBeGreaterThan(3)
  })
})

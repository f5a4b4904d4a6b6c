import { describe, expect, test } from 'vitest'
import { envoy } from '../with-envoy.js'
import { checkSimulation } from './check.js'

describe.skipIf(envoy.missing)(`simulate and real Envoys ${envoy.reason}`, () => {
  test('agree on random requests in random meshes', { timeout: 300_000 }, async () => {
    const { requests, kinds, certain, differences } = await checkSimulation(envoy.path, { seed: 20_260_101, meshes: 24, requestsEach: 50 })
    expect(differences.slice(0, 3)).toEqual([])
    // The requests have to be worth asking: each way of ending, most of them without a choice.
    expect(requests).toBe(1200)
    expect(certain).toBeGreaterThan(600)
    expect(kinds.unknown).toBe(0)
    for (const kind of ['delivered', 'denied', 'answered', 'failed'] as const) expect(kinds[kind], kind).toBeGreaterThan(20)
  })
})

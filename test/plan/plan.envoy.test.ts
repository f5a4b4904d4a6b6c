import { describe, expect, test } from 'vitest'
import { envoy } from '../with-envoy.js'
import { checkPlans } from './check.js'

describe.skipIf(envoy.missing)(`plan and a real Envoy ${envoy.reason}`, () => {
  test('agree on what random changes do', { timeout: 300_000 }, async () => {
    const { changes, impacts, differences } = await checkPlans(envoy.path, { seed: 20_260_102, meshes: 4, changesEach: 20 })
    expect(differences).toEqual([])
    expect(changes).toBe(80)
    expect(impacts.drains + impacts.drops).toBeGreaterThan(15)
  })
})

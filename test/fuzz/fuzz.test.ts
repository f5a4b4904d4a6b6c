import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mutated } from './mutate.js'
import { targets } from './targets/index.js'

const seedsFolder = join(import.meta.dirname, 'seeds')

/** Inputs that once were a finding: a folder a target. */
const findings = (name: string): Buffer[] => {
  const folder = join(seedsFolder, name)
  return readdirSync(seedsFolder).includes(name) ? readdirSync(folder).map((file) => readFileSync(join(folder, file))) : []
}

describe.each(Object.entries(targets))('%s', async (name, make) => {
  const { seeds, run } = await make()
  const bytes = seeds.map((seed) => (typeof seed === 'string' ? Buffer.from(seed) : seed))

  it('stands what it was made for, and all that once broke it', async () => {
    expect(bytes.length).toBeGreaterThan(0)
    for (const input of [...bytes, ...findings(name)]) await run(input)
  })

  it('stands what is nearly that', () =>
    fc.assert(
      fc.asyncProperty(mutated(bytes), async (input) => run(input)),
      { numRuns: 300 },
    ))

  it('stands anything', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (input) => run(input)),
      { numRuns: 200 },
    ))
})

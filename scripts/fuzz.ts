/**
 * Looks for inputs that break what reads them, led by the code that they reach:
 *
 *     npm run fuzz -- [--seconds 60] [target ...]
 *
 * An input that reaches something new is kept and changed further. One that breaks something is written to .cache/fuzz: put it
 * into test/fuzz/seeds/<target> with the change that mends it.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import { mutated } from '../test/fuzz/mutate.js'
import type { FuzzTarget } from '../test/fuzz/target.js'
import { targets } from '../test/fuzz/targets/index.js'
import { Coverage } from './fuzz/coverage.js'
import { bundleInstrumented } from './fuzz/instrumented.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** How many are made of one kept input before another has its turn. */
const batch = 50
const patienceMs = 10_000

async function fuzz(name: string, seconds: number): Promise<boolean> {
  const folder = join(root, '.cache/fuzz', name)
  const kept = join(folder, 'kept')
  mkdirSync(kept, { recursive: true })
  const { target } = (await import(await bundleInstrumented(root, name, join(folder, 'target.mjs')))) as { target: FuzzTarget }
  const coverage = new Coverage()
  const idOf = (input: Uint8Array) => createHash('sha256').update(input).digest('hex').slice(0, 16)
  const stands = async (input: Uint8Array): Promise<boolean> => {
    try {
      await inTime(target.run(input))
      return true
    } catch (error) {
      const file = join(folder, `broken-${idOf(input)}`)
      writeFileSync(file, input)
      console.log(`${name}: ${file}: ${(error as Error).stack ?? String(error)}`)
      return false
    }
  }

  const inputs = [...target.seeds.map((seed) => (typeof seed === 'string' ? Buffer.from(seed) : seed)), ...readAll(kept)]
  for (const input of inputs) if (!(await stands(input))) return false
  coverage.takeNew()
  const began = coverage.size
  const end = Date.now() + seconds * 1000
  let runs = 0
  for (let turn = 0; Date.now() < end; turn++) {
    // The newest are the most promising.
    const from = turn % 2 === 0 ? inputs.slice(-20) : inputs
    for (const input of fc.sample(mutated(from), batch)) {
      runs++
      if (!(await stands(input))) return false
      if (!coverage.takeNew()) continue
      inputs.push(input)
      writeFileSync(join(kept, idOf(input)), input)
    }
  }
  console.log(`${name}: ${runs} inputs in ${seconds} s, nothing broke; ${inputs.length} kept, reach ${began} -> ${coverage.size}`)
  return true
}

function readAll(folder: string): Uint8Array[] {
  return readdirSync(folder).map((file) => readFileSync(join(folder, file)))
}

async function inTime(work: void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${patienceMs} ms`)), patienceMs)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string', default: '60' } } })
const wanted = positionals.length > 0 ? positionals : Object.keys(targets)
if (wanted.some((name) => !(name in targets)) || !/^\d+$/.test(values.seconds)) {
  console.error(
    `expected --seconds with a number and targets of ${Object.keys(targets).join(', ')}: found ${process.argv.slice(2).join(' ')}`,
  )
  process.exit(2)
}
let good = true
for (const name of wanted) good = (await fuzz(name, Number(values.seconds))) && good
process.exit(good ? 0 : 1)

import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openEmbeddedStore } from '../src/store/embedded.js'
import { kill, scratch, start } from './embedded/program.js'

const folder = scratch()
const ROUNDS = 5

interface Acknowledged {
  round: number
  deleted: boolean
}

it('killed at random among a hundred writers, it has everything acknowledged and nothing half', async () => {
  const path = join(await folder(), 'kuma.db')
  const last = new Map<string, Acknowledged>()
  let acknowledged = 0
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged += await writeAndDie(path, last)
    const store = await openEmbeddedStore({ path })
    const dataplanes = (await store.list({ type: 'Dataplane' })).items.map(({ resource }) => resource)
    const insights = (await store.list({ type: 'DataplaneInsight' })).items.map(({ resource }) => resource)
    expect(insights.map(({ name, spec }) => ({ name, spec }))).toEqual(dataplanes.map(({ name, spec }) => ({ name, spec })))
    const stored = new Map(dataplanes.map(({ name, spec }) => [name, (spec as { round: number }).round]))
    for (const [index, { round: written, deleted }] of last) {
      const found = stored.get(`dp-${index}`)
      // What was under way may or may not be there: the round after, or the deletion after a seventh round.
      if (found !== undefined) expect(found).toBeGreaterThanOrEqual(deleted ? 1 : written)
      else expect(deleted || (written % 7 === 0 && Number(index) % 10 === 0)).toBe(true)
    }
    await store.close()
  }
  expect(acknowledged).toBeGreaterThan(1000)
})

/** How many writes were acknowledged before the end; enters the last of each writer. */
async function writeAndDie(path: string, last: Map<string, Acknowledged>): Promise<number> {
  const child = start('writer', path)
  const limit = 300 + Math.floor(Math.random() * 1500)
  let count = 0
  let rest = ''
  child.stdout?.setEncoding('utf8')
  for await (const chunk of child.stdout ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [index = '', what = ''] = line.split(' ')
      const before = last.get(index)
      last.set(index, what === '-' ? { round: before?.round ?? 0, deleted: true } : { round: Number(what), deleted: false })
      count += 1
    }
    if (count >= limit) child.kill('SIGKILL')
  }
  await kill(child)
  return count
}

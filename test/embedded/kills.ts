import { expect } from 'vitest'
import type { Store } from '../../src/core/store.js'
import { kill, start } from './program.js'

const ROUNDS = 5

interface Acknowledged {
  round: number
  deleted: boolean
}

/**
 * Kills a program with a hundred writers at random, again and again: everything acknowledged is there, and nothing half.
 * @param where the program's argument
 */
export async function survivesKills(where: string, open: () => Promise<Store>): Promise<void> {
  const last = new Map<string, Acknowledged>()
  let acknowledged = 0
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged += await writeAndDie(where, last)
    const store = await open()
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
}

/** How many writes were acknowledged before the end; enters the last of each writer. */
async function writeAndDie(where: string, last: Map<string, Acknowledged>): Promise<number> {
  const child = start('writer', where)
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

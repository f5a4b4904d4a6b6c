import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { Programs, type Running } from '../../scripts/programs.js'
import { type KumaCpPlace, kumaCpPlace } from './place.js'

const ROUNDS = 3
const WRITERS = 100

/** What a writer was told last, and what it asked for last. */
interface Written {
  /** 0: it is not there. */
  acknowledged: number
  asked: number
}

interface Started extends KumaCpPlace {
  readonly program: Running
}

const pathOf = (index: number) => `/meshes/default/dataplanes/dp-${index}`

function dataplane(index: number, round: number): unknown {
  const tags = { 'kuma.io/service': `service-${index % 10}`, round: String(round), padding: 'x'.repeat((round * 13) % 200) }
  const networking = { address: '127.0.0.1', inbound: [{ port: 8080, tags }] }
  return { type: 'Dataplane', mesh: 'default', name: `dp-${index}`, networking }
}

/**
 * Kills kuma-cp with a hundred clients of its API at random, again and again: after each start it says what it had acknowledged.
 * @param folder of its own
 * @param store its settings of the store
 */
export async function kumaCpSurvivesKills(folder: string, store: Readonly<Record<string, string>>): Promise<void> {
  const programs = new Programs()
  const written = Array.from({ length: WRITERS }, (): Written => ({ acknowledged: 0, asked: 0 }))
  let acknowledged = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const kumaCp = await start(programs, folder, store)
      await check(kumaCp, written)
      acknowledged += await writeAndKill(kumaCp, written)
    }
    const kumaCp = await start(programs, folder, store)
    await check(kumaCp, written)
    expect(await kumaCp.program.stop()).toBe(0)
  } finally {
    programs.stopAll()
  }
  expect(acknowledged).toBeGreaterThan(ROUNDS * 200)
}

async function start(programs: Programs, folder: string, store: Readonly<Record<string, string>>): Promise<Started> {
  const place = await kumaCpPlace(folder)
  const program = programs.start('kuma-cp', ['run'], { ...place.settings, ...store }, join(folder, 'kuma-cp.log'))
  let ended = false
  void program.ended.then(() => (ended = true))
  while (!(await place.ready().catch(() => false))) {
    if (ended) throw new Error(`kuma-cp ended:\n${program.said()}`)
    await sleep(50)
  }
  return { ...place, program }
}

/** @returns how many writes were acknowledged */
async function writeAndKill({ api, program }: Started, written: readonly Written[]): Promise<number> {
  const limit = 250 + Math.floor(Math.random() * 500)
  let count = 0
  async function writer(index: number, mine: Written): Promise<void> {
    for (let round = mine.asked + 1; ; round++) {
      const removing = index % 10 === 0 && round % 5 === 0 && mine.acknowledged > 0
      mine.asked = round
      const url = `${api}${pathOf(index)}`
      const request = removing ? { method: 'DELETE' } : { method: 'PUT', body: JSON.stringify(dataplane(index, round)) }
      const headers: Record<string, string> = removing ? {} : { 'content-type': 'application/json' }
      const answer = await fetch(url, { ...request, headers }).then(
        async (response) => ({ status: response.status, text: await response.text() }),
        () => undefined,
      )
      // It was killed. What was under way may be there or not.
      if (answer === undefined) return
      if (answer.status !== 200 && answer.status !== 201) throw new Error(`${request.method} ${url}: ${answer.status} ${answer.text}`)
      mine.acknowledged = removing ? 0 : round
      if (++count === limit) void program.stop('SIGKILL')
    }
  }
  await Promise.all(written.map((mine, index) => writer(index, mine)))
  await program.ended
  return count
}

async function check({ api }: Started, written: readonly Written[]): Promise<void> {
  for (const [index, mine] of written.entries()) {
    const response = await fetch(`${api}${pathOf(index)}`)
    const body = (await response.json()) as { networking?: { inbound: { tags: { round: string } }[] } }
    const found = response.status === 404 ? 0 : Number(body.networking?.inbound[0]?.tags.round)
    // What was asked for last and never acknowledged may have been done: a write, or a removal.
    const mayBeGone = mine.acknowledged === 0 || (index % 10 === 0 && mine.asked % 5 === 0)
    if (found !== mine.acknowledged) expect(found).toBe(mayBeGone && found === 0 ? 0 : mine.asked)
    mine.acknowledged = found
  }
}

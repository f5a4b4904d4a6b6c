import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Leader, Term } from '../../src/core/leader.js'
import type { PostgresConnection } from '../../src/store/postgres.js'
import { dataplane, expectCode, key, mesh, put } from '../store-contract/samples.js'
import { postgres, postgresServer } from '../with-postgres.js'

describe.skipIf(postgres.missing)(`leadership in PostgreSQL ${postgres.reason}`, () => {
  const test = postgresServer()
  const children: ChildProcess[] = []

  afterEach(() => {
    vi.useRealTimers()
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  /** The program that leads, and its lines as they come. */
  function lead(connection: PostgresConnection): { child: ChildProcess; said: string[] } {
    const file = fileURLToPath(new URL('leading.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(connection)], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const said: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
    return { child, said }
  }

  const nextTerm = (leader: Leader) =>
    new Promise<Term>((resolve) => {
      const stop = leader.onTerm((term) => {
        stop()
        resolve(term)
      })
    })

  it('one of several leads, and another when that one leaves', async () => {
    const connection = await test.database()
    const stores = await Promise.all([1, 2, 3].map(() => test.open(connection)))
    const terms: number[] = []
    const first = await Promise.race(stores.map((store) => nextTerm(store.leader).then((term) => ({ store, term }))))
    for (const { leader } of stores) leader.onTerm(({ token }) => terms.push(token))
    await first.term.write([put(mesh())])
    await first.store.close()
    expect(first.term.over.aborted).toBe(true)
    await expectCode(first.term.write([]), 'closed')
    await expect.poll(() => terms).toEqual([1, 2])
  })

  it('who was paused for longer than the lease finds that another leads, and writes nothing more', async () => {
    const connection = await test.database()
    const store = await test.open(connection, { leaseMs: 1000 })
    await store.write([put(mesh())])
    const { child, said } = lead(connection)
    await expect.poll(() => said).toContain('term 1')
    await expect.poll(async () => await store.get(key(dataplane('led')))).toBeDefined()
    child.kill('SIGSTOP')
    const term = await nextTerm(store.leader)
    expect(term.token).toBeGreaterThan(1)
    const [mine] = await term.write([put(dataplane('led', { by: 'other' }))])
    child.kill('SIGCONT')
    await expect.poll(() => said).toContain('refused not-leader')
    expect(await store.get(key(dataplane('led')))).toEqual(mine)
    child.kill('SIGKILL')
    await once(child, 'exit')
  })

  it('a term goes on though the clock of its control plane jumps', async () => {
    const connection = await test.database()
    const [one, other] = [await test.open(connection, { leaseMs: 4000 }), await test.open(connection, { leaseMs: 4000 })]
    const term = await nextTerm(one.leader)
    let others = 0
    other.leader.onTerm(() => others++)
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const year of ['2001', '2060', '1999']) {
      vi.setSystemTime(new Date(`${year}-01-01T00:00:00Z`))
      await new Promise((resolve) => setTimeout(resolve, 1500))
    }
    await term.write([put(mesh())])
    expect({ others, over: term.over.aborted }).toEqual({ others: 0, over: false })
  })

  it('a term ends by itself while the server is away, and there is another afterwards', async () => {
    const connection = await test.database()
    const store = await test.open(connection, { leaseMs: 2000 })
    const term = await nextTerm(store.leader)
    const over = new Promise((resolve) => term.over.addEventListener('abort', resolve))
    await test.server.stop()
    await over
    await test.server.start()
    const next = await nextTerm(store.leader)
    expect(next.token).toBeGreaterThan(term.token)
    await expectCode(term.write([put(mesh())]), 'not-leader')
    await next.write([put(mesh())])
  })
})

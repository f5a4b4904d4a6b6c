import { describe, expect, it } from 'vitest'
import { KumaError } from '../../src/core/errors.js'
import type { ChangeEvent, Store } from '../../src/core/store.js'
import { type Create, brief, dataplane, expectCode, insight, mesh, put, remove, settled, withMesh } from './samples.js'

/** Nobody misses a change or hears it twice. */
export function watching(create: Create): void {
  describe('watch', () => {
    it('tells each transaction once, in order, as it was', async () => {
      const store = await create()
      const told: string[][] = []
      const positions: number[] = []
      store.watch((events) => {
        if (events === 'reset') throw new Error('reset')
        told.push(brief(events))
        positions.push(...events.map((e) => e.position))
      })
      await store.write([put(mesh()), put(dataplane('a'))])
      await store.write([put(dataplane('a', 2))])
      await store.write([remove(dataplane('a'))])
      await settled(store)
      expect(told).toEqual([['+Mesh//default', '+Dataplane/default/a'], ['+Dataplane/default/a'], ['-Dataplane/default/a']])
      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
    })

    it('carries what was stored', async () => {
      const store = await create()
      const told: ChangeEvent[] = []
      store.watch((events) => events !== 'reset' && told.push(...events))
      const [stored] = await store.write([put(mesh())])
      await settled(store)
      expect(told).toEqual([{ op: 'put', key: { type: 'Mesh', name: 'default' }, stored, position: stored?.version }])
    })

    it('begins now, or where told, and stops when told', async () => {
      const store = await withMesh(create)
      const { position } = await store.list()
      await store.write([put(dataplane('a'))])
      const [fromNow, fromThen]: [string[], string[]] = [[], []]
      const stops = [
        store.watch((events) => fromNow.push(...brief(events as ChangeEvent[]))),
        store.watch((events) => fromThen.push(...brief(events as ChangeEvent[])), position),
      ]
      await store.write([put(dataplane('b'))])
      await settled(store)
      for (const stop of stops) stop()
      await store.write([put(dataplane('c'))])
      await settled(store)
      expect(fromNow).toEqual(['+Dataplane/default/b'])
      expect(fromThen).toEqual(['+Dataplane/default/a', '+Dataplane/default/b'])
    })

    it('never calls back before it returned, nor after it was stopped', async () => {
      const store = await withMesh(create)
      let called = 0
      const stop = store.watch(() => called++, 0)
      expect(called).toBe(0)
      stop()
      await settled(store)
      expect(called).toBe(0)
    })

    it('a stop inside the callback holds from there on', async () => {
      const store = await withMesh(create)
      let called = 0
      const stop = store.watch(() => {
        called += 1
        stop()
      })
      await Promise.all([store.write([put(dataplane('a'))]), store.write([put(dataplane('b'))])])
      await settled(store)
      expect(called).toBe(1)
    })

    it('leaves out of the past what a later change made void', async () => {
      const store = await withMesh(create)
      const { position } = await store.list()
      await store.write([put(dataplane('a')), put(dataplane('b'))])
      await store.write([put(dataplane('a', 2))])
      await store.write([remove(dataplane('b'))])
      const told: ChangeEvent[][] = []
      store.watch((events) => told.push(events as ChangeEvent[]), position)
      await settled(store)
      expect(told).toHaveLength(1)
      expect(brief(told[0] ?? [])).toEqual(['+Dataplane/default/a', '-Dataplane/default/b'])
    })

    it("tells nothing of insights to those who don't want them", async () => {
      const store = await withMesh(create)
      const { position } = await store.list()
      const told: string[] = []
      store.watch((events) => told.push(...brief(events as ChangeEvent[])))
      await store.write([put(dataplane('a')), put(insight('a'))])
      await store.write([put(insight('a', 2))])
      await store.write([remove(insight('a'))])
      store.watch((events) => told.push(...brief(events as ChangeEvent[])), position)
      await settled(store)
      expect(told).toEqual(['+Dataplane/default/a', '+Dataplane/default/a'])
    })

    it('tells of insights, and that they went with their proxy, to those who want them', async () => {
      const store = await withMesh(create)
      const told: ChangeEvent[] = []
      const heard = async (last: string) => {
        while (brief(told).at(-1) !== last) await new Promise((resolve) => setTimeout(resolve, 10))
      }
      store.watch((events) => told.push(...(events as ChangeEvent[])), undefined, { insights: true })
      await store.write([put(dataplane('a')), put(insight('a', 1))])
      await heard('+DataplaneInsight/default/a')
      const [stored] = await store.write([put(insight('a', 2))])
      while (told.at(-1)?.position !== stored?.version) await new Promise((resolve) => setTimeout(resolve, 10))
      await store.write([remove(dataplane('a'))])
      await heard('-Dataplane/default/a')
      const shown = ['+Dataplane/default/a', '+DataplaneInsight/default/a', '+DataplaneInsight/default/a']
      expect(brief(told)).toEqual([...shown, '-DataplaneInsight/default/a', '-Dataplane/default/a'])
    })

    it('says reset to a position that it never gave', async () => {
      const store = await withMesh(create)
      const told: (readonly ChangeEvent[] | 'reset')[] = []
      store.watch((events) => told.push(events), 1_000_000)
      await store.write([put(dataplane('a'))])
      await settled(store)
      expect(told[0]).toBe('reset')
      expect(brief(told[1] as ChangeEvent[])).toEqual(['+Dataplane/default/a'])
    })

    it('together with a list misses nothing and tells nothing twice, among concurrent writers', async () => {
      const store = await withMesh(create)
      const copies: Map<string, unknown>[] = []
      const writers = Array.from({ length: 10 }, async (_, writer) => {
        for (let i = 0; i < 20; i++) {
          const target = dataplane(`dp-${(writer + i) % 7}`, { writer, i })
          await store.write([i % 5 === 4 ? remove(target) : put(target)]).catch(() => undefined)
          if (i % 7 === 3) copies.push(await follow(store))
        }
      })
      await Promise.all(writers)
      await settled(store)
      const now = new Map((await store.list()).items.map((s) => [`${s.resource.type}/${s.resource.name}`, s]))
      expect(copies).toHaveLength(30)
      for (const copy of copies) expect(copy).toEqual(now)
    })
  })

  describe('close', () => {
    it('refuses everything after close, which may come twice', async () => {
      const store = await withMesh(create)
      let told = 0
      store.watch(() => told++)
      const last = store.write([put(dataplane('a'))])
      await store.close()
      await store.close()
      await last
      await expectCode(store.get(mesh()), 'closed')
      await expectCode(store.list(), 'closed')
      await expectCode(store.write([]), 'closed')
      expect(() => store.watch(() => undefined)).toThrow(KumaError)
      expect(told).toBeLessThanOrEqual(1)
    })
  })
}

/** A copy of the store that list and watch keep up to date; an event that doesn't fit what is there fails. */
async function follow(store: Store): Promise<Map<string, unknown>> {
  const { items, position } = await store.list()
  const copy = new Map<string, unknown>(items.map((s) => [`${s.resource.type}/${s.resource.name}`, s]))
  let last = position
  store.watch((events) => {
    if (events === 'reset') throw new Error('reset')
    for (const event of events) {
      if (event.position <= last) throw new Error(`position ${event.position} after ${last}`)
      last = event.position
      const id = `${event.key.type}/${event.key.name}`
      if (event.op === 'put') copy.set(id, event.stored)
      else if (!copy.delete(id)) throw new Error(`${id} deleted twice`)
    }
  }, position)
  return copy
}

import { describe, expect, it } from 'vitest'
import type { KumaError } from '../../src/core/errors.js'
import { type Create, dataplane, expectCode, insight, key, mesh, put, remove, settled, withMesh } from './samples.js'

/** Optimistic writes and all-or-nothing. */
export function versionsAndTransactions(create: Create): void {
  describe('versions', () => {
    it('grow with every change of a key, also when it was deleted in between', async () => {
      const store = await create()
      const [first] = await store.write([put(mesh())])
      const [second] = await store.write([put(mesh('default', 2))])
      await store.write([remove(mesh())])
      const [third] = await store.write([put(mesh())])
      const versions = [first, second, third].map((stored) => stored?.version ?? Number.NaN)
      expect(versions).toEqual([...versions].sort((a, b) => a - b))
      expect(new Set(versions).size).toBe(3)
    })

    it('a put that changes nothing keeps version and times and tells nobody', async () => {
      const store = await withMesh(create)
      const resource = { ...dataplane('dp-1', { a: 1, b: [{ c: 2, d: 3 }] }), labels: { x: '1', y: '2' }, status: { s: 1 } }
      const [before] = await store.write([put(resource)])
      const told: unknown[] = []
      store.watch((events) => told.push(events))
      const same = { ...dataplane('dp-1', { b: [{ d: 3, c: 2 }], a: 1, gone: undefined }), labels: { y: '2', x: '1' }, status: { s: 1 } }
      expect(await store.write([put(same)])).toEqual([before])
      await settled(store)
      expect(told).toEqual([])
      for (const other of [
        { ...same, status: { s: 2 } },
        { ...same, labels: {} },
        { ...same, spec: { a: 1, b: [] } },
      ]) {
        const [after] = await store.write([put(other)])
        expect(after?.version).toBeGreaterThan(before?.version ?? Number.NaN)
      }
    })

    it('refuses a write that expected another version, or none', async () => {
      const store = await create()
      const [stored] = await store.write([put(mesh(), 'absent')])
      const version = stored?.version ?? Number.NaN
      await expectCode(store.write([put(mesh('default', 2), 'absent')]), 'conflict')
      await expectCode(store.write([put(mesh('default', 2), version + 1)]), 'conflict')
      await expectCode(store.write([put(mesh('missing'), version)]), 'conflict')
      await expectCode(store.write([remove(mesh(), version + 1)]), 'conflict')
      expect(await store.get(mesh())).toEqual(stored)
      const [next] = await store.write([put(mesh('default', 2), version)])
      await store.write([remove(mesh(), next?.version)])
      expect(await store.get(mesh())).toBeUndefined()
    })

    it('lets one of many that expect the same version through', async () => {
      const store = await create()
      const [stored] = await store.write([put(mesh())])
      const tries = Array.from({ length: 20 }, (_, i) => store.write([put(mesh('default', { by: i }), stored?.version)]))
      const settledTries = await Promise.allSettled(tries)
      expect(settledTries.filter((t) => t.status === 'fulfilled')).toHaveLength(1)
      expect(settledTries.filter((t) => t.status === 'rejected' && (t.reason as KumaError).code === 'conflict')).toHaveLength(19)
    })

    it('makes one of many that create the same the creator', async () => {
      const store = await create()
      const tries = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => store.write([put(mesh('m', { by: i }), 'absent')])))
      expect(tries.filter((t) => t.status === 'fulfilled')).toHaveLength(1)
    })
  })

  describe('transactions', () => {
    it('are applied whole or not at all', async () => {
      const store = await withMesh(create)
      const before = await store.list()
      const told: unknown[] = []
      store.watch((events) => told.push(events))
      await expectCode(store.write([put(dataplane('a')), put(mesh('x')), remove(dataplane('missing'))]), 'not-found')
      await expectCode(store.write([remove(mesh()), put(dataplane('a'))]), 'no-owner')
      await settled(store)
      expect(await store.list()).toEqual(before)
      expect(told).toEqual([])
    })

    it('see their own earlier writes', async () => {
      const store = await create()
      const [, , , gone, again] = await store.write([
        put(mesh()),
        put(dataplane('a'), 'absent'),
        put(dataplane('a', 2)),
        remove(dataplane('a')),
        put(dataplane('a', 3), 'absent'),
      ])
      expect(gone).toBeUndefined()
      expect(await store.get(key(dataplane('a')))).toEqual(again)
    })

    it('of many writers at once are all applied', async () => {
      const store = await withMesh(create)
      await Promise.all(Array.from({ length: 100 }, (_, i) => store.write([put(dataplane(`dp-${i}`)), put(insight(`dp-${i}`))])))
      expect((await store.list({ mesh: 'default' })).items).toHaveLength(200)
    })

    it('that fail leave those beside them alone', async () => {
      const store = await withMesh(create)
      const tries = Array.from({ length: 10 }, (_, i) => store.write([put(dataplane(`dp-${i}`)), ...(i % 2 ? [remove(mesh('no'))] : [])]))
      expect((await Promise.allSettled(tries)).map((t) => t.status === 'fulfilled')).toEqual(tries.map((_, i) => i % 2 === 0))
      expect((await store.list({ type: 'Dataplane' })).items).toHaveLength(5)
    })
  })
}

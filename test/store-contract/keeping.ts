import { describe, expect, it } from 'vitest'
import type { ChangeEvent, Store, StoreOptions } from '../../src/core/store.js'
import { type Create, brief, dataplane, mesh, put, remove, settled } from './samples.js'

/** What is closed and opened again is as it was. */
export function keeping(create: Create, again: (store: Store, options?: StoreOptions) => Promise<Store>): void {
  describe('reopened', () => {
    it('has everything, positions and versions included', async () => {
      const store = await create()
      await store.write([put(mesh('ü "x"', { nested: [null, true, 0.5, 'text\n\u2028', {}, []] }))])
      await store.write([put({ ...mesh('b'), labels: { 'kuma.io/zone': 'x' }, status: { conditions: [] } }), put(mesh('gone'))])
      await store.write([remove(mesh('gone'))])
      const before = await store.list()
      expect(await (await again(store)).list()).toEqual(before)
    })

    it('goes on counting and keeping time where it was', async () => {
      const clock = () => new Date('2026-01-01T00:00:00Z')
      const store = await create({ clock })
      const [first] = await store.write([put(mesh())])
      await store.write([remove(mesh())])
      const [second] = await (await again(store, { clock })).write([put(mesh())])
      expect(second?.version).toBeGreaterThan(first?.version ?? Number.NaN)
      expect(second?.resource.creationTime).toBe('2026-01-01T00:00:00.000000001Z')
    })

    it('tells a watcher what happened since a position of before', async () => {
      const store = await create()
      await store.write([put(mesh()), put(dataplane('a')), put(dataplane('b'))])
      const { position } = await store.list()
      await store.write([remove(dataplane('a')), put(dataplane('c')), put(dataplane('b', 2))])
      const next = await again(store)
      const told: string[] = []
      next.watch((events) => told.push(...brief(events as ChangeEvent[])), position)
      await settled(next)
      expect(told).toEqual(['-Dataplane/default/a', '+Dataplane/default/c', '+Dataplane/default/b'])
    })
  })
}

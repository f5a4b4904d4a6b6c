import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/core/store.js'
import { type Create, brief, dataplane, expectCode, insight, key, mesh, put, remove, settled, withMesh } from './samples.js'

/** What is written is what is read. */
export function readsAndWrites(create: Create): void {
  describe('write and read', () => {
    it('gives what it stored, and the same again on get and list', async () => {
      const store = await withMesh(create)
      const resource = { ...dataplane('dp-1', { networking: { address: '10.0.0.1' } }), labels: { team: 'a' }, status: { ok: true } }
      const [stored] = await store.write([put(resource)])
      expect(stored?.resource).toMatchObject(resource)
      expect(await store.get(key(resource))).toEqual(stored)
      expect((await store.list({ type: 'Dataplane' })).items).toEqual([stored])
    })

    it('gives undefined for what is not there', async () => {
      const store = await create()
      expect(await store.get({ type: 'Mesh', name: 'none' })).toBeUndefined()
      expect((await store.list({ mesh: 'none' })).items).toEqual([])
    })

    it('keeps equal names of other types and meshes apart', async () => {
      const store = await withMesh(create)
      await store.write([put(mesh('other')), put(dataplane('a', 1)), put(dataplane('a', 2, 'other')), put(mesh('a', 3))])
      const specs = await Promise.all(
        [dataplane('a'), dataplane('a', {}, 'other'), mesh('a')].map(async (r) => (await store.get(key(r)))?.resource.spec),
      )
      expect(specs).toEqual([1, 2, 3])
    })

    it('keeps what control planes keep for themselves, and tells of it; it goes with its mesh', async () => {
      const store = await withMesh(create)
      const seen: string[] = []
      store.watch((events) => seen.push(...(events === 'reset' ? ['reset'] : brief(events))))
      const addresses = { ...dataplane('dns-vips', { addresses: { 'service:web': '240.0.0.0' } }), type: 'VirtualAddresses' }
      const current = { backend: 'ca-1', certificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' }
      const former = { ...current, since: '2026-03-01T00:00:00.000Z' }
      const rotation = { ...dataplane('ca-rotation', { current, former }), type: 'CaRotation' }
      const id = { type: 'Config', name: 'kuma-cluster-id', labels: {}, spec: { config: 'c-1' } }
      await store.write([put(addresses), put(rotation), put(id)])
      expect((await store.get(key(addresses)))?.resource.spec).toEqual(addresses.spec)
      expect((await store.get(key(rotation)))?.resource.spec).toEqual(rotation.spec)
      await store.write([remove(key(mesh()))])
      await settled(store)
      for (const gone of [addresses, rotation]) expect(await store.get(key(gone))).toBeUndefined()
      expect((await store.get(key(id)))?.resource.spec).toEqual(id.spec)
      expect(seen).toEqual(expect.arrayContaining(['+VirtualAddresses/default/dns-vips', '+Config//kuma-cluster-id', '-Mesh//default']))
    })

    it('freezes what it stores, and is deaf to later changes of what it was given', async () => {
      const store = await withMesh(create)
      const spec = { networking: { inbound: [{ port: 80 }] } }
      await store.write([put(dataplane('dp-1', spec))])
      spec.networking.inbound[0] = { port: 81 }
      const stored = await store.get(key(dataplane('dp-1')))
      expect(stored?.resource.spec).toEqual({ networking: { inbound: [{ port: 80 }] } })
      const kept = stored?.resource.spec as typeof spec | undefined
      expect(Object.isFrozen(kept?.networking.inbound)).toBe(true)
    })

    it('lists by type, mesh and name', async () => {
      const store = await create()
      await store.write([put(mesh('b')), put(mesh('a'))])
      await store.write([put(dataplane('z', {}, 'a')), put(dataplane('y', {}, 'b')), put(dataplane('x', {}, 'b'))])
      await store.write([put(insight('z', {}, 'a')), put({ type: 'Zone', name: 'q', labels: {}, spec: {} })])
      const listed = async (query?: Parameters<Store['list']>[0]) =>
        (await store.list(query)).items.map(({ resource: r }) => `${r.type}/${r.mesh ?? ''}/${r.name}`)
      const dataplanes = ['Dataplane/a/z', 'Dataplane/b/x', 'Dataplane/b/y']
      expect(await listed()).toEqual([...dataplanes, 'DataplaneInsight/a/z', 'Mesh//a', 'Mesh//b', 'Zone//q'])
      expect(await listed({ type: 'Dataplane' })).toEqual(dataplanes)
      expect(await listed({ mesh: 'a' })).toEqual(['Dataplane/a/z', 'DataplaneInsight/a/z'])
      expect(await listed({ type: 'Dataplane', mesh: 'b' })).toEqual(['Dataplane/b/x', 'Dataplane/b/y'])
      await store.write([put(dataplane('w', {}, 'b')), remove(key(dataplane('x', {}, 'b')))])
      expect(await listed({ type: 'Dataplane', mesh: 'b' })).toEqual(['Dataplane/b/w', 'Dataplane/b/y'])
    })

    it('takes an empty transaction', async () => {
      expect(await (await create()).write([])).toEqual([])
    })
  })

  describe('times', () => {
    it('come from the clock: creation is kept, modification is not', async () => {
      let now = new Date('2026-01-01T00:00:00.250Z')
      const store = await withMesh(create, { clock: () => now })
      now = new Date('2026-01-01T00:00:01Z')
      await store.write([put(mesh('default', { changed: true }))])
      const stored = await store.get({ type: 'Mesh', name: 'default' })
      expect(stored?.resource.creationTime).toBe('2026-01-01T00:00:00.25Z')
      expect(stored?.resource.modificationTime).toBe('2026-01-01T00:00:01Z')
    })

    it('grow with each write, though the clock stands still or goes back', async () => {
      let now = new Date('2026-01-01T00:00:00Z')
      const store = await withMesh(create, { clock: () => now })
      const [a, b] = await store.write([put(dataplane('a')), put(dataplane('b'))])
      now = new Date('2025-01-01T00:00:00Z')
      const [c] = await store.write([put(dataplane('c'))])
      expect([a, b, c].map((stored) => stored?.resource.creationTime)).toEqual([
        '2026-01-01T00:00:00.000000001Z',
        '2026-01-01T00:00:00.000000002Z',
        '2026-01-01T00:00:00.000000003Z',
      ])
    })

    it("are the store's own, whatever the resource says", async () => {
      const store = await create({ clock: () => new Date('2026-01-01T00:00:00Z') })
      const [stored] = await store.write([put({ ...mesh(), creationTime: '2001-01-01T00:00:00Z', modificationTime: 'x' })])
      expect(stored?.resource.creationTime).toBe('2026-01-01T00:00:00Z')
      expect(stored?.resource.modificationTime).toBe('2026-01-01T00:00:00Z')
    })
  })

  describe('what belongs to what', () => {
    it('a mesh takes with it all that is in it, and nothing else', async () => {
      const store = await withMesh(create)
      await store.write([put(mesh('other')), put(dataplane('a')), put(insight('a')), put(dataplane('a', {}, 'other'))])
      await store.write([put({ type: 'MeshInsight', name: 'default', labels: {}, spec: {} })])
      const told: string[][] = []
      store.watch((events) => told.push(events === 'reset' ? ['reset'] : brief(events)))
      await store.write([remove(mesh())])
      await settled(store)
      const left = (await store.list()).items.map(({ resource: r }) => `${r.type}/${r.mesh ?? ''}/${r.name}`)
      expect(left).toEqual(['Dataplane/other/a', 'Mesh//other'])
      expect(told).toEqual([['-Dataplane/default/a', '-Mesh//default']])
    })

    it('a dataplane takes its insight with it', async () => {
      const store = await withMesh(create)
      await store.write([put(dataplane('a')), put(insight('a')), put(dataplane('b')), put(insight('b'))])
      await store.write([remove(dataplane('a'))])
      expect((await store.list({ type: 'DataplaneInsight' })).items.map((s) => s.resource.name)).toEqual(['b'])
    })

    it('nothing is put where there is no mesh or proxy for it', async () => {
      const store = await withMesh(create)
      await expectCode(store.write([put(dataplane('a', {}, 'none'))]), 'no-owner')
      await expectCode(store.write([put(insight('none'))]), 'no-owner')
      await expectCode(store.write([remove(mesh('none'))]), 'not-found')
    })
  })
}

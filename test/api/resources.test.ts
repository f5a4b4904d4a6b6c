import { describe, expect, it } from 'vitest'
import type { ChangeEvent } from '../../src/core/store.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'
import { ControlPlane, dataplane, withMesh } from './control-plane.js'

const clock = () => new Date('2026-01-01T00:00:00Z')

const stored = (name: string, more = {}) => ({
  type: 'Dataplane',
  mesh: 'default',
  name,
  creationTime: expect.stringMatching(/^2026-01-01T00:00:00(\.\d+)?Z$/),
  modificationTime: expect.stringMatching(/^2026-01-01T00:00:00(\.\d+)?Z$/),
  labels: {
    'kuma.io/env': 'universal',
    'kuma.io/mesh': 'default',
    'kuma.io/origin': 'zone',
    'kuma.io/proxy-type': 'sidecar',
    'kuma.io/zone': 'default',
  },
  kri: `kri_dp_default_default__${name}_`,
  networking: { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web', 'kuma.io/zone': 'default' } }] },
  ...more,
})

describe('a dataplane', () => {
  it('is created, read, changed, listed and deleted', async () => {
    const cp = await withMesh({}, createMemoryStore({ clock }))
    const path = '/meshes/default/dataplanes/web-1'
    expect(await cp.put(path, dataplane('web-1'))).toEqual({ status: 201, body: {} })
    expect(await cp.get(path)).toEqual({ status: 200, body: stored('web-1') })
    const changed = dataplane('web-1', {
      networking: { address: '10.0.0.2', inbound: [], gateway: { type: 'DELEGATED', tags: { 'kuma.io/service': 'edge' } } },
    })
    expect(await cp.put(path, changed)).toEqual({ status: 200, body: {} })
    expect((await cp.get(path)).body['networking']).toMatchObject({ address: '10.0.0.2', gateway: { tags: { 'kuma.io/service': 'edge' } } })
    expect((await cp.get('/meshes/default/dataplanes')).body).toMatchObject({ total: 1, items: [{ name: 'web-1' }], next: null })
    expect(await cp.delete(path)).toEqual({ status: 200, body: {} })
    expect((await cp.get(path)).status).toBe(404)
    expect((await cp.get('/meshes/default/dataplanes')).body).toEqual({ total: 0, items: [], next: null })
  })

  it('put again as it is changes nothing', async () => {
    const cp = await withMesh()
    await cp.apply(dataplane('web-1'))
    const before = await cp.store.list()
    expect((await cp.apply(dataplane('web-1'))).status).toBe(200)
    expect(await cp.store.list()).toEqual(before)
  })

  it('in the spelling of 2019 is taken, with a word on how to write it today', async () => {
    const cp = await withMesh()
    const answer = await cp.apply({
      type: 'Dataplane',
      mesh: 'default',
      name: 'dp-echo-1',
      networking: { inbound: [{ interface: '127.0.0.1:10000:9000', tags: { service: 'echo' } }] },
    })
    expect(answer.status).toBe(201)
    expect(answer.body['warnings']).toEqual(expect.arrayContaining([expect.stringContaining('networking.inbound[0]')]))
  })

  it('with a field that is not known is taken without it, and told so', async () => {
    const cp = await withMesh()
    const answer = await cp.apply(dataplane('web-1', { netwroking: {} }))
    expect(answer).toEqual({ status: 201, body: { warnings: [expect.stringContaining('networking')] } })
  })
})

describe('every kind', () => {
  it.each(registry.kinds.map((kind) => [kind.type, kind] as const))('%s is listed under all of its paths', async (_type, kind) => {
    const cp = await withMesh()
    for (const segment of [kind.plural, ...(kind.aliases ?? [])]) {
      const paths = kind.scope === 'Global' ? [`/${segment}`] : [`/meshes/default/${segment}`, `/${segment}`]
      for (const path of paths) expect(await cp.get(path)).toMatchObject({ status: 200, body: { items: expect.any(Array) } })
    }
  })

  it.each(registry.kinds.filter((kind) => kind.readOnly).map((kind) => [kind.type, kind] as const))(
    '%s, written by the control plane alone, is refused',
    async (type, kind) => {
      const cp = await withMesh()
      const path = `${kind.scope === 'Global' ? '' : '/meshes/default'}/${kind.plural}/x`
      expect(await cp.put(path, { type, name: 'x' })).toMatchObject({ status: 405, body: { title: 'Method not allowed' } })
      expect(await cp.delete(path)).toMatchObject({ status: 405, body: { status: 405 } })
    },
  )

  it('is refused where the control plane is read-only', async () => {
    const cp = new ControlPlane(undefined, { readOnly: true })
    expect(await cp.apply({ type: 'Mesh', name: 'default' })).toMatchObject({
      status: 405,
      body: { detail: 'this API is read-only: it was started so' },
    })
  })
})

describe('a mesh', () => {
  it('comes with its policies and its certificate authority, in one transaction', async () => {
    const extra = { type: 'Secret', mesh: 'demo', name: 'signing-key', labels: {}, spec: { data: 'a2V5' } }
    const rule = { type: 'Mesh', accompany: async () => [{ op: 'put', resource: extra } as const] }
    const cp = new ControlPlane(undefined, { rules: [rule] })
    const told: (readonly ChangeEvent[] | 'reset')[] = []
    cp.store.watch((events) => told.push(events))
    const mtls = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }
    expect(await cp.apply({ type: 'Mesh', name: 'demo', mtls })).toEqual({ status: 201, body: {} })
    expect(told).toHaveLength(1)
    const names = (told[0] as ChangeEvent[]).map(({ key }) => key.name)
    expect(names).toEqual(
      expect.arrayContaining(['demo', 'mesh-timeout-all-demo', 'demo.ca-builtin-cert-ca-1', 'demo.ca-builtin-key-ca-1', 'signing-key']),
    )
    const certificate = await cp.store.get({ type: 'Secret', mesh: 'demo', name: 'demo.ca-builtin-cert-ca-1' })
    expect((await cp.apply({ type: 'Mesh', name: 'demo', mtls, routing: { localityAwareLoadBalancing: true } })).status).toBe(200)
    expect(await cp.store.get({ type: 'Secret', mesh: 'demo', name: 'demo.ca-builtin-cert-ca-1' })).toEqual(certificate)
  })

  it('brings no policies that it says to skip, and none on change', async () => {
    const cp = await withMesh()
    expect((await cp.store.list({ mesh: 'default' })).items).toEqual([])
    expect((await cp.apply({ type: 'Mesh', name: 'default' })).status).toBe(200)
    expect((await cp.store.list({ mesh: 'default' })).items).toEqual([])
  })

  it('that a rule refuses leaves nothing behind', async () => {
    const rule = { type: 'Mesh', check: async () => [{ path: 'mtls', message: 'no' }] }
    const cp = new ControlPlane(undefined, { rules: [rule] })
    expect(await cp.apply({ type: 'Mesh', name: 'demo' })).toMatchObject({ status: 400, body: { title: 'Failed to create a resource' } })
    expect((await cp.store.list()).items).toEqual([])
  })
})

it('a status that is stored stays, whatever is put', async () => {
  const cp = await withMesh()
  await cp.apply(dataplane('web-1'))
  const key = { type: 'Dataplane', mesh: 'default', name: 'web-1' }
  const before = await cp.store.get(key)
  if (before) await cp.keep({ ...before.resource, status: { vips: ['240.0.0.1'] } })
  expect((await cp.apply(dataplane('web-1', { status: { vips: [] } }))).status).toBe(200)
  expect((await cp.store.get(key))?.resource.status).toEqual({ vips: ['240.0.0.1'] })
})

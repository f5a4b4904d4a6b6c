import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Body, ControlPlane, dataplane, withMesh } from './control-plane.js'

const names = (body: Body) => (body['items'] as { name: string }[]).map(({ name }) => name)

describe('paging', () => {
  it('goes from page to page by the address of the next', async () => {
    const cp = await withMesh()
    for (const name of ['e', 'c', 'a', 'd', 'b']) await cp.apply(dataplane(name))
    const first = await cp.get('/meshes/default/dataplanes?size=2&name=')
    expect({ ...first.body, items: names(first.body) }).toEqual({
      total: 5,
      items: ['a', 'b'],
      next: 'http://localhost:5681/meshes/default/dataplanes?name=&offset=2&size=2',
    })
    const second = await cp.get('/meshes/default/dataplanes?name=&offset=2&size=2')
    expect(names(second.body)).toEqual(['c', 'd'])
    const third = await cp.get(String(second.body['next']).replace('http://localhost:5681', ''))
    expect({ ...third.body, items: names(third.body) }).toEqual({ total: 5, items: ['e'], next: null })
    expect(names((await cp.get('/meshes/default/dataplanes?offset=99')).body)).toEqual([])
  })

  it('gives every resource once, whatever the size', async () => {
    const cp = new ControlPlane()
    for (let i = 0; i < 30; i++) await cp.apply({ type: 'Mesh', name: `m${i}`, skipCreatingInitialPolicies: ['*'] })
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (size) => {
      const seen: string[] = []
      for (let path: string | null = `/meshes?size=${size}`; path !== null; ) {
        const { body }: { body: Body } = await cp.get(path)
        seen.push(...names(body))
        path = body['next'] === null ? null : String(body['next']).replace('http://localhost:5681', '')
      }
      expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => `m${i}`).sort())
    })
    await fc.assert(property, { numRuns: 20 })
  })

  it('has a hundred on a page unless told otherwise', async () => {
    const cp = await withMesh()
    for (let i = 0; i < 101; i++) await cp.apply(dataplane(`dp-${i}`))
    const { body } = await cp.get('/dataplanes')
    expect(names(body)).toHaveLength(100)
    expect(body['next']).toBe('http://localhost:5681/dataplanes?offset=100')
  })
})

describe('filters', () => {
  async function filled(): Promise<ControlPlane> {
    const cp = await withMesh()
    await cp.apply({ type: 'Mesh', name: 'other', skipCreatingInitialPolicies: ['*'] })
    await cp.apply(dataplane('web-1', { labels: { team: 'a' } }, { 'kuma.io/service': 'web', version: 'v1', url: 'a:b' }))
    await cp.apply(dataplane('web-2', { labels: { team: 'b' } }, { 'kuma.io/service': 'web', version: 'v2' }))
    const gateway = (type: string) => ({ networking: { address: '10.0.0.2', gateway: { type, tags: { 'kuma.io/service': 'edge' } } } })
    await cp.apply(dataplane('edge-1', gateway('DELEGATED')))
    await cp.apply(dataplane('edge-2', gateway('BUILTIN')))
    await cp.apply(dataplane('web-3', { mesh: 'other' }, { 'kuma.io/service': 'web' }))
    return cp
  }

  it.each([
    ['/dataplanes', 'edge-1 edge-2 web-1 web-2 web-3'],
    ['/meshes/default/dataplanes', 'edge-1 edge-2 web-1 web-2'],
    ['/dataplanes?name=eb', 'web-1 web-2 web-3'],
    ['/dataplanes?tag=kuma.io/service:web', 'web-1 web-2 web-3'],
    ['/dataplanes?tag=kuma.io/service:e', 'edge-1 edge-2 web-1 web-2 web-3'],
    ['/dataplanes?tag=kuma.io/service:web&tag=version:v1', 'web-1'],
    ['/dataplanes?tag=version:*', 'web-1 web-2'],
    ['/dataplanes?tag=url:a:b', 'web-1'],
    ['/dataplanes?tag=toString:x', ''],
    ['/dataplanes?tag=nothing', 'edge-1 edge-2 web-1 web-2 web-3'],
    ['/dataplanes?gateway=true', 'edge-1 edge-2'],
    ['/dataplanes?gateway=false', 'web-1 web-2 web-3'],
    ['/dataplanes?gateway=BUILTIN', 'edge-2'],
    ['/dataplanes?gateway=delegated', 'edge-1'],
    ['/dataplanes?filter[labels.team]=b', 'web-2'],
    ['/dataplanes?filter[labels.kuma.io/mesh]=other', 'web-3'],
    ['/dataplanes/_overview?gateway=builtin', 'edge-2'],
    ['/meshes/default/dataplanes+insights?tag=version:v2', 'web-2'],
    ['/meshes?name=oth', 'other'],
  ])('%s', async (path, expected) => {
    const { status, body } = await (await filled()).get(path)
    expect(status).toBe(200)
    expect(names(body).join(' ')).toBe(expected)
    expect(body['total']).toBe(names(body).length)
  })
})

describe('one resource in other ways', () => {
  it('as a Kubernetes manifest', async () => {
    const cp = await withMesh()
    await cp.apply({ type: 'Secret', mesh: 'default', name: 's', data: 'eA==' })
    await cp.apply({
      type: 'TrafficPermission',
      mesh: 'default',
      name: 'all',
      sources: [{ match: { 'kuma.io/service': '*' } }],
      destinations: [{ match: { 'kuma.io/service': '*' } }],
    })
    for (const format of ['k8s', 'kubernetes']) {
      expect((await cp.get(`/meshes/default/traffic-permissions/all?format=${format}`)).body).toMatchObject({
        apiVersion: 'kuma.io/v1alpha1',
        kind: 'TrafficPermission',
        mesh: 'default',
        metadata: { name: 'all' },
        spec: { sources: [{ match: { 'kuma.io/service': '*' } }] },
      })
    }
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'system.kuma.io/secret', data: { value: 'eA==' } }
    expect((await cp.get('/meshes/default/secrets/s?format=k8s')).body).toMatchObject({
      ...secret,
      metadata: { name: 's', namespace: 'kuma-system' },
    })
    expect((await cp.get('/meshes/default/secrets/s?format=k8s&namespace=x')).body).toMatchObject({ metadata: { namespace: 'x' } })
    expect((await cp.get('/meshes/default/secrets/s?format=universal')).body).toMatchObject({ type: 'Secret', data: 'eA==' })
  })

  it('by its identifier', async () => {
    const cp = await withMesh()
    await cp.apply(dataplane('web-1'))
    for (const kri of ['kri_dp_default_default__web-1_', 'kri_dp_default_default__web-1_8080', 'kri_m____default_']) {
      const { status, body } = await cp.get(`/_kri/${kri}`)
      expect(status).toBe(200)
      expect(kri.startsWith(String(body['kri']))).toBe(true)
    }
    expect((await cp.get('/_kri/kri_dp_default_default__web-2_')).status).toBe(404)
    expect((await cp.get('/_kri/kri_dp_default_east__web-1_')).status).toBe(404)
    for (const [kri, reason] of [
      ['kri_dp_x', 'invalid identifier string: "kri_dp_x"'],
      ['irk_dp_default_default__web-1_', `identifier must start with 'kri': "irk_dp_default_default__web-1_"`],
      ['kri_nope_default_default__web-1_', 'unknown short name of resource type: "nope"'],
      ['kri__default_default__web-1_', 'unknown short name of resource type: ""'],
    ]) {
      expect(await cp.get(`/_kri/${kri}`)).toMatchObject({ status: 400, body: { detail: `bad request: ${reason}` } })
    }
  })
})

import { expect, test } from 'vitest'
import { dataplane, refusal, withMesh } from './control-plane.js'

const timeout = (name: string, targetRef: object) => ({
  type: 'MeshTimeout',
  mesh: 'default',
  name,
  spec: { targetRef, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '3s' } }] },
})

const rulesAt = (body: Record<string, unknown>) => (body['rules'] as { type: string; toRules: unknown[] }[]).map(({ type }) => type)

test('a proxy that is not there, in a mesh that is and one that is not', async () => {
  const cp = await withMesh()
  expect(await cp.get('/meshes/default/dataplanes/web/_rules')).toEqual(refusal(404, 'Could not retrieve Dataplane', 'Not found'))
  expect(await cp.get('/meshes/other/dataplanes/web/_rules')).toEqual(refusal(404, 'Failed to retrieve Mesh', 'Not found'))
  expect((await cp.put('/meshes/default/dataplanes/web/_rules', {})).status).toBe(405)
})

test('what was just written counts, what was removed does not', async () => {
  const cp = await withMesh()
  await cp.apply(dataplane('web'))
  expect(rulesAt((await cp.get('/meshes/default/dataplanes/web/_rules')).body)).toEqual([])
  await cp.apply(timeout('fast', { kind: 'Mesh' }))
  expect(rulesAt((await cp.get('/meshes/default/dataplanes/web/_rules')).body)).toEqual(['MeshTimeout'])
  await cp.delete('/meshes/default/meshtimeouts/fast')
  expect(rulesAt((await cp.get('/meshes/default/dataplanes/web/_rules')).body)).toEqual([])
})

test('a MeshGateway is asked about as the proxy that would serve it', async () => {
  const cp = await withMesh()
  const listeners = [{ port: 8080, protocol: 'HTTP' }]
  const selectors = [{ match: { 'kuma.io/service': 'edge' } }]
  await cp.apply({ type: 'MeshGateway', mesh: 'default', name: 'edge', selectors, conf: { listeners } })
  await cp.apply(timeout('edge', { kind: 'MeshGateway', name: 'edge' }))
  await cp.apply(timeout('sidecars', { kind: 'Mesh', proxyTypes: ['Sidecar'] }))
  const { body } = await cp.get('/meshes/default/meshgateways/edge/_rules')
  expect(body['resource']).toMatchObject({ type: 'MeshGateway', mesh: 'default', name: 'edge' })
  expect(body['rules']).toMatchObject([
    { type: 'MeshTimeout', toRules: [{ conf: { connectionTimeout: '3s' }, origin: [{ name: 'edge' }] }] },
  ])
})

import { expect, it } from 'vitest'
import type { Resource } from '../resource.js'
import { admitMesh } from './mesh-admit.js'
import type { MeshSpec } from './mesh.js'

const meshWith = (enabledBackend: string): Resource<MeshSpec> => ({
  type: 'Mesh',
  name: 'shop',
  labels: {},
  spec: { mtls: { ...(enabledBackend && { enabledBackend }), backends: [{ name: enabledBackend || 'ca-1', type: 'builtin' }] } },
})

it('a mesh goes over to another CA while mTLS is on only where its control plane leads proxies there', () => {
  const admitted = (from: string, to: string, mayChangeCa?: boolean) =>
    admitMesh(meshWith(to), { zone: 'default', find: () => undefined, previous: meshWith(from), mayChangeCa })
  expect(admitted('ca-1', 'ca-2')).toMatchObject({
    violations: [{ path: 'mtls.enabledBackend', message: expect.stringContaining('is forbidden') }],
  })
  for (const answer of [admitted('ca-1', 'ca-2', true), admitted('ca-1', 'ca-1'), admitted('', 'ca-2'), admitted('ca-1', '')])
    expect(answer).toHaveProperty('spec')
})

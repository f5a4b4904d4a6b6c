import { describe, expect, it } from 'vitest'
import type { Resource } from '../../core/resource.js'
import type { TargetRef } from './policy-spec.js'
import { createResourceIndex } from './resource-index.js'
import { resolveTarget } from './resolve.js'

const zone = { 'kuma.io/zone': 'east' }
const resource = (
  type: string,
  name: string,
  spec: object,
  labels: Record<string, string> = zone,
  mesh: string | undefined = 'default',
): Resource => ({
  type,
  ...(mesh && { mesh }),
  name,
  labels,
  spec,
})
const resources = [
  resource('Mesh', 'default', {}, {}, ''),
  resource('MeshService', 'orders', { ports: [{ port: 80, name: 'http' }, { port: 81 }] }, { ...zone, team: 'shop' }),
  resource('MeshService', 'users', { ports: [{ port: 80 }] }, { ...zone, team: 'shop', tier: '1' }),
  resource(
    'MeshService',
    'cart.demo',
    { ports: [{ port: 80, name: 'http' }] },
    { ...zone, 'k8s.kuma.io/namespace': 'demo', 'kuma.io/display-name': 'cart' },
  ),
  resource('MeshExternalService', 'aws', { match: { port: 443 } }),
  resource('MeshMultiZoneService', 'all', { ports: [{ port: 80, name: 'http' }] }, { team: 'shop' }),
  resource('MeshHTTPRoute', 'api', {}),
]
const index = createResourceIndex({
  name: 'default',
  resourcesOf: <S>(type: string) => resources.filter((r) => r.type === type) as Resource<S>[],
})
const policy = resource('MeshTimeout', 'p', {})
const targets = (ref: TargetRef, holder = policy) =>
  resolveTarget(holder, ref, index).map(({ resource: { name }, section }) => (section ? `${name}:${section}` : name))

describe('what the targetRef of an entry means', () => {
  it('by name: in the mesh, zone and namespace of the policy', () => {
    expect(targets({ kind: 'MeshService', name: 'orders' })).toEqual(['orders'])
    expect(targets({ kind: 'MeshService', name: 'orders' }, resource('MeshTimeout', 'p', {}, {}))).toEqual([])
    expect(targets({ kind: 'MeshService', name: 'cart' })).toEqual([])
    expect(targets({ kind: 'MeshService', name: 'cart', namespace: 'demo' })).toEqual(['cart.demo'])
    expect(
      targets({ kind: 'MeshService', name: 'cart' }, resource('MeshTimeout', 'p', {}, { ...zone, 'k8s.kuma.io/namespace': 'demo' })),
    ).toEqual(['cart.demo'])
    expect(targets({ kind: 'MeshMultiZoneService', name: 'all' })).toEqual([])
    expect(targets({ kind: 'MeshHTTPRoute', name: 'api' })).toEqual(['api'])
    expect(targets({ kind: 'Mesh' })).toEqual(['default'])
  })

  it('by labels: all that have them', () => {
    expect(targets({ kind: 'MeshService', labels: { team: 'shop' } })).toEqual(['orders', 'users'])
    expect(targets({ kind: 'MeshService', labels: { team: 'shop', tier: '1' } })).toEqual(['users'])
    expect(targets({ kind: 'MeshService', labels: { team: 'none' } })).toEqual([])
    expect(targets({ kind: 'MeshMultiZoneService', labels: { team: 'shop' }, sectionName: 'http' })).toEqual(['all:http'])
  })

  it('by section: a port by its name, or by its number where it has none', () => {
    expect(targets({ kind: 'MeshService', name: 'orders', sectionName: 'http' })).toEqual(['orders:http'])
    expect(targets({ kind: 'MeshService', name: 'orders', sectionName: '80' })).toEqual([])
    expect(targets({ kind: 'MeshService', name: 'orders', sectionName: '81' })).toEqual(['orders:81'])
    expect(targets({ kind: 'MeshService', labels: { team: 'shop' }, sectionName: 'http' })).toEqual(['orders:http'])
    expect(targets({ kind: 'MeshExternalService', name: 'aws', sectionName: '443' })).toEqual(['aws:443'])
  })

  it('by the value of kuma.io/service that a Kubernetes service has', () => {
    expect(targets({ kind: 'MeshService', name: 'cart_demo_svc' })).toEqual(['cart.demo'])
    expect(targets({ kind: 'MeshService', name: 'cart_demo_svc_80' })).toEqual(['cart.demo:http'])
    expect(targets({ kind: 'MeshService', name: 'cart_demo_svc_90' })).toEqual([])
    expect(targets({ kind: 'MeshService', name: 'cart_demo_svc_http' })).toEqual([])
    expect(targets({ kind: 'MeshService', name: 'cart_demo_svc_80_x' })).toEqual([])
  })

  it('nothing for kinds that are no resources', () => {
    expect(targets({ kind: 'MeshSubset', tags: { a: 'b' } })).toEqual([])
    expect(targets({ kind: 'MeshServiceSubset', name: 'orders' })).toEqual([])
  })
})

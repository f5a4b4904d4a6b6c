import { describe, expect, it } from 'vitest'
import type { Resource } from '../../core/resource.js'
import { select } from './match.js'
import type { TargetRef } from './policy-spec.js'
import { type ProxySpec, proxyShape } from './proxy-shape.js'
import type { GatewaySpec } from './select-gateway.js'

const zone = { 'kuma.io/origin': 'zone', 'kuma.io/zone': 'east' }
const dataplane = (networking: ProxySpec['networking'], labels: Record<string, string> = zone): Resource<ProxySpec> => ({
  type: 'Dataplane',
  mesh: 'default',
  name: 'web-1',
  labels,
  spec: { networking },
})
const sidecar = dataplane(
  {
    address: '10.0.0.1',
    inbound: [
      { port: 80, name: 'http', tags: { 'kuma.io/service': 'web', version: 'v1' } },
      { port: 90, address: '10.0.0.2', tags: { 'kuma.io/service': 'admin' } },
    ],
    listeners: [{ port: 10001, name: 'ingress' }],
  },
  { ...zone, app: 'web', 'k8s.kuma.io/namespace': 'demo' },
)
const edge: Resource<GatewaySpec> = {
  type: 'MeshGateway',
  mesh: 'default',
  name: 'edge',
  labels: zone,
  spec: {
    selectors: [{ match: { 'kuma.io/service': 'edge' } }],
    tags: { tier: 'front' },
    conf: { listeners: [{ port: 8080, hostname: 'a.com', tags: { site: 'a' } }, { port: 8080, tags: { site: 'b' } }, { port: 9090 }] },
  },
}
const builtin = dataplane({ address: '10.0.0.3', gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge' } } })
const delegated = dataplane({ address: '10.0.0.4', gateway: { tags: { 'kuma.io/service': 'legacy' } } })

const policy = (labels: Record<string, string> = {}): Resource => ({
  type: 'MeshTimeout',
  mesh: 'default',
  name: 'p',
  labels: { ...zone, ...labels },
  spec: {},
})
const of = (ref: TargetRef, proxy = sidecar, holder = policy()) => select(holder, ref, proxyShape(proxy, [edge]))
const listeners = (ref: TargetRef, proxy = sidecar, holder = policy()) => of(ref, proxy, holder).listeners

const inbounds = ['10.0.0.1:80', '10.0.0.2:90']
const all = [...inbounds, '10.0.0.1:10001']

describe('what a targetRef selects of a sidecar', () => {
  it('Mesh: everything, if the type of proxy fits', () => {
    expect(listeners({ kind: 'Mesh' })).toEqual(all)
    expect(listeners({ kind: 'Mesh', proxyTypes: ['Sidecar', 'Gateway'] })).toEqual(all)
    expect(listeners({ kind: 'Mesh', proxyTypes: ['Gateway'] })).toEqual([])
  })

  it('Dataplane: by name, by labels or any; sections narrow it', () => {
    expect(listeners({ kind: 'Dataplane' })).toEqual(all)
    expect(listeners({ kind: 'Dataplane', name: 'web-1', namespace: 'demo' })).toEqual(all)
    expect(listeners({ kind: 'Dataplane', name: 'web-1' })).toEqual([])
    expect(listeners({ kind: 'Dataplane', name: 'web-1' }, sidecar, policy({ 'k8s.kuma.io/namespace': 'demo' }))).toEqual(all)
    expect(listeners({ kind: 'Dataplane', labels: { app: 'web' } })).toEqual(all)
    expect(listeners({ kind: 'Dataplane', labels: { app: 'web', team: 'x' } })).toEqual([])
    expect(listeners({ kind: 'Dataplane', labels: {} })).toEqual(all)
    expect(listeners({ kind: 'Dataplane', sectionName: 'http' })).toEqual(['10.0.0.1:80'])
    expect(listeners({ kind: 'Dataplane', sectionName: '80' })).toEqual([])
    expect(listeners({ kind: 'Dataplane', sectionName: '90' })).toEqual(['10.0.0.2:90'])
    expect(listeners({ kind: 'Dataplane', sectionName: 'ingress' })).toEqual(['10.0.0.1:10001'])
  })

  it('MeshSubset, MeshService, MeshServiceSubset: inbounds by tags', () => {
    expect(listeners({ kind: 'MeshSubset', tags: { version: 'v1' } })).toEqual(['10.0.0.1:80'])
    expect(listeners({ kind: 'MeshSubset', tags: { 'kuma.io/service': '*' } })).toEqual(inbounds)
    expect(listeners({ kind: 'MeshSubset' })).toEqual(inbounds)
    expect(listeners({ kind: 'MeshSubset', proxyTypes: ['Gateway'] })).toEqual([])
    expect(listeners({ kind: 'MeshService', name: 'admin' })).toEqual(['10.0.0.2:90'])
    expect(listeners({ kind: 'MeshServiceSubset', name: 'web', tags: { version: 'v2' } })).toEqual([])
    expect(listeners({ kind: 'MeshServiceSubset', name: 'web', tags: { version: 'v1' } })).toEqual(['10.0.0.1:80'])
  })

  it('nothing of kinds that select no proxies', () => {
    expect(listeners({ kind: 'MeshGateway', name: 'edge' })).toEqual([])
    expect(listeners({ kind: 'MeshExternalService', name: 'web' })).toEqual([])
  })
})

describe('what a targetRef selects of a gateway', () => {
  it('of a built-in one: ports once, host names each', () => {
    expect(of({ kind: 'Mesh' }, builtin)).toEqual({
      listeners: ['10.0.0.3:8080', '10.0.0.3:9090'],
      hostnames: ['10.0.0.3:8080:a.com', '10.0.0.3:8080:*', '10.0.0.3:9090:*'],
      delegatedGateway: false,
    })
    expect(of({ kind: 'MeshGateway', name: 'edge', tags: { site: 'b' } }, builtin).hostnames).toEqual(['10.0.0.3:8080:*'])
    expect(of({ kind: 'MeshService', name: 'edge' }, builtin).listeners).toEqual(['10.0.0.3:8080', '10.0.0.3:9090'])
    expect(of({ kind: 'MeshSubset', tags: { tier: 'front' }, proxyTypes: ['Sidecar'] }, builtin).listeners).toEqual([])
    expect(of({ kind: 'MeshGateway', name: 'other' }, builtin).listeners).toEqual([])
    expect(of({ kind: 'Dataplane' }, builtin).listeners).toEqual([])
  })

  it('of a delegated one: the proxy as such', () => {
    for (const ref of [{ kind: 'Mesh' }, { kind: 'Dataplane' }, { kind: 'MeshService', name: 'legacy' }]) {
      expect(of(ref, delegated)).toEqual({ listeners: [], hostnames: [], delegatedGateway: true })
    }
    expect(of({ kind: 'MeshService', name: 'web' }, delegated).delegatedGateway).toBe(false)
  })
})

describe('whom a policy reaches', () => {
  const mesh = { kind: 'Mesh' }

  it('is its own zone, unless it is a producer or no zone made it', () => {
    expect(listeners(mesh, sidecar, policy({ 'kuma.io/zone': 'west' }))).toEqual([])
    expect(listeners(mesh, sidecar, policy({ 'kuma.io/zone': 'west', 'kuma.io/policy-role': 'producer' }))).toEqual(all)
    expect(listeners(mesh, sidecar, policy({ 'kuma.io/zone': 'west', 'kuma.io/origin': 'global' }))).toEqual(all)
    const unlabelled = dataplane(sidecar.spec.networking, {})
    expect(listeners(mesh, unlabelled, policy({ 'kuma.io/zone': 'west' }))).toEqual(all)
  })

  it('is its own namespace for consumers and owners of workloads', () => {
    for (const role of ['consumer', 'workload-owner']) {
      expect(listeners(mesh, sidecar, policy({ 'kuma.io/policy-role': role, 'k8s.kuma.io/namespace': 'demo' }))).toEqual(all)
      expect(listeners(mesh, sidecar, policy({ 'kuma.io/policy-role': role, 'k8s.kuma.io/namespace': 'other' }))).toEqual([])
      expect(listeners(mesh, sidecar, policy({ 'kuma.io/policy-role': role }))).toEqual([])
    }
    expect(listeners(mesh, sidecar, policy({ 'kuma.io/policy-role': 'system', 'k8s.kuma.io/namespace': 'other' }))).toEqual(all)
  })
})

import { describe, expect, it } from 'vitest'
import type { Resource } from '../core/resource.js'
import { type Fleet, createFleet } from './fleet.js'

const mesh = (name: string): Resource => ({ type: 'Mesh', name, labels: {}, spec: {} })
const sidecar: Resource = {
  type: 'Dataplane',
  mesh: 'office',
  name: 'desk-1',
  labels: {},
  spec: {
    networking: {
      address: '10.0.2.1',
      inbound: [{ port: 80, tags: { 'kuma.io/service': 'desk' } }],
      transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 },
    },
  },
}
const edge: Resource = {
  type: 'Dataplane',
  mesh: 'shop',
  name: 'counter-1',
  labels: {},
  spec: { networking: { address: '10.0.1.1', gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'counter' } } } },
}
const gateway = (listener: object): Resource => ({
  type: 'MeshGateway',
  mesh: 'shop',
  name: 'counter',
  labels: {},
  spec: {
    selectors: [{ match: { 'kuma.io/service': 'counter' } }],
    conf: { listeners: [{ port: 8080, protocol: 'HTTP', ...listener }] },
  },
})

/** A fleet whose proxies all have what they get. */
function settledFleet() {
  const fleet = createFleet([mesh('shop'), mesh('office'), sidecar, edge])
  for (const proxy of fleet.proxies()) fleet.translate(proxy)
  return fleet
}
const clustersOf = (fleet: Fleet) => [...fleet.translate({ mesh: 'office', name: 'desk-1' }).snapshot.clusters.keys()]
const addressesOf = (fleet: Fleet) => fleet.mesh('office')?.vipDomains.flatMap(({ hostnames }) => hostnames)

describe('gateways for proxies of other meshes', () => {
  it('reach them as soon as they say so, and no longer than they do', () => {
    const open = settledFleet().apply([{ op: 'put', resource: gateway({ crossMesh: true, hostname: 'counter.example' }) }])
    expect(open.touched).toContainEqual({ mesh: 'office', name: 'desk-1' })
    expect(addressesOf(open.fleet)).toContain('counter.example')
    expect(clustersOf(open.fleet)).toContainEqual(expect.stringMatching(/^counter-.*_shop$/))
    const closed = open.fleet.apply([{ op: 'put', resource: gateway({}) }])
    expect(closed.touched).toContainEqual({ mesh: 'office', name: 'desk-1' })
    expect(addressesOf(closed.fleet)).toEqual(addressesOf(settledFleet()))
    expect(clustersOf(closed.fleet)).toEqual(clustersOf(settledFleet()))
  })

  it('get a host name where theirs names many hosts, or none', () => {
    for (const hostname of ['', '*', '*.example']) {
      const { fleet } = settledFleet().apply([{ op: 'put', resource: gateway({ crossMesh: true, hostname }) }])
      expect(addressesOf(fleet)).toContain('internal.counter.shop.mesh')
    }
  })

  it('are at the address of the proxies that serve them', () => {
    const { fleet } = settledFleet().apply([{ op: 'put', resource: gateway({ crossMesh: true }) }])
    expect(fleet.mesh('office')?.endpointsIn('shop').get('counter')).toMatchObject([{ address: '10.0.1.1', port: 8080 }])
    expect(fleet.mesh('office')?.endpointsIn('elsewhere').get('counter')).toBeUndefined()
  })

  it('concern nobody else where none is for other meshes', () => {
    const { touched } = settledFleet().apply([{ op: 'put', resource: gateway({}) }])
    expect(touched).not.toContainEqual({ mesh: 'office', name: 'desk-1' })
  })
})

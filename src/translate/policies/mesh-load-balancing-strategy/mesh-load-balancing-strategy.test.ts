import { describe, expect, it } from 'vitest'
import { type Endpoint, loadAssignment } from '../../endpoints.js'
import { addHashPolicies } from './hash-policies.js'
import { type Viewpoint, spread } from './localities.js'
import type { Failover, LoadBalancingConf, MeshLoadBalancingStrategySpec } from './schema.js'
import { validateLoadBalancingStrategy } from './validate.js'

const faults = (spec: MeshLoadBalancingStrategySpec) =>
  validateLoadBalancingStrategy(spec).map(({ path, message }) => `${path}: ${message}`)
const to = (kind: 'Mesh' | 'MeshService' | 'MeshHTTPRoute' | 'MeshExternalService', conf: LoadBalancingConf) => [
  { targetRef: { kind, ...(kind === 'Mesh' ? {} : { name: 'orders' }) }, default: conf },
]

describe('what a MeshLoadBalancingStrategy refuses', () => {
  it('load balancers of a gateway for less than the whole mesh', () => {
    const targetRef = { kind: 'MeshGateway', name: 'edge' } as const
    expect(faults({ targetRef, to: to('MeshService', { loadBalancer: { type: 'Random' } }) })).toEqual([
      "spec.to[0].targetRef.kind: value 'MeshGateway' is not supported, only Mesh is allowed if loadBalancer is set",
    ])
    expect(faults({ targetRef, to: to('MeshService', { hashPolicies: [] }) })).toEqual([])
  })

  it('more than hash policies for a route', () => {
    const conf = { loadBalancer: { type: 'Random' }, localityAwareness: {}, hashPolicies: [{ type: 'FilterState' }] } as const
    expect(faults({ to: to('MeshHTTPRoute', { ...conf, hashPolicies: [...conf.hashPolicies] }) })).toEqual([
      'spec.to[0].default.hashPolicies[0].filterState: must be defined',
      'spec.to[0].default.loadBalancer: field is not allowed when targetRef.kind is MeshHTTPRoute, only hashPolicies is supported',
      'spec.to[0].default.localityAwareness: field is not allowed when targetRef.kind is MeshHTTPRoute, only hashPolicies is supported',
    ])
  })

  it('other zones for a service that is in one only', () => {
    const crossZone = { failover: [] }
    const entry = {
      targetRef: { kind: 'MeshService' as const, name: 'orders', sectionName: 'http' },
      default: { localityAwareness: { crossZone } },
    }
    expect(faults({ to: [entry] })).toEqual([
      'spec.to[0].default.localityAwareness.crossZone: must not be set: MeshService traffic is local',
    ])
  })

  it('negative bias, of the load balancer that is chosen', () => {
    const leastRequest = { activeRequestBias: '-0.1' }
    expect(faults({ to: to('Mesh', { loadBalancer: { type: 'LeastRequest', leastRequest } }) })).toEqual([
      'spec.to[0].default.loadBalancer.leastRequest.activeRequestBias: must be greater or equal then: 0',
    ])
    expect(faults({ to: to('Mesh', { loadBalancer: { type: 'Random', leastRequest } }) })).toEqual([])
  })
})

describe('where endpoints stand', () => {
  const here: Viewpoint = { zone: 'here', tags: new Map([['az', ['a']]]), labels: { rack: '7' }, hidesZones: false }
  const placed = (localityAwareness: LoadBalancingConf['localityAwareness'], from = here) => {
    const endpoint = (address: string, zone: string, more = {}): Endpoint => ({
      address,
      port: 80,
      tags: { 'kuma.io/zone': zone, ...more },
      labels: address === '10.0.0.2' ? { rack: '7', app: 'orders' } : {},
      weight: 1,
      locality: { zone, priority: 0 },
    })
    const endpoints = [
      endpoint('10.0.0.1', 'here', { az: 'a' }),
      endpoint('10.0.0.2', 'here'),
      endpoint('10.0.0.3', 'east'),
      endpoint('10.0.0.4', 'west'),
    ]
    const assignment = loadAssignment('orders', endpoints)
    spread(assignment, { localityAwareness }, from)
    const groups = (assignment.endpoints ?? []).map(({ locality, priority, loadBalancingWeight: weight, lbEndpoints }) => {
      const place = [locality?.zone, locality?.subZone].filter(Boolean).join('/')
      return `${place} p${priority}${weight ? ` w${weight}` : ''} x${lbEndpoints?.length}`
    })
    return { groups, factor: assignment.policy?.overprovisioningFactor, assignment }
  }
  const across = (failover: Failover[], from = here) => placed({ crossZone: { failover } }, from).groups

  it('other zones come after this one, unless that is switched off', () => {
    expect(placed(undefined).groups).toEqual(['east p1 x1', 'here p0 x2', 'west p1 x1'])
    expect(placed({ disabled: true }).groups).toEqual(['east p0 x1', 'here p0 x2', 'west p0 x1'])
  })

  it('by tags of the proxy, or its labels where it has no such tag; the first tag has nine tenths', () => {
    const affinityTags = [{ key: 'az' }, { key: 'rack' }, { key: 'nowhere' }]
    const { groups, factor, assignment } = placed({ localZone: { affinityTags } })
    expect(groups).toEqual(['here/az=a p0 w900 x1', 'here/rack=7 p0 w90 x1'])
    expect(factor).toBe(200)
    const [, rack] = assignment.endpoints ?? []
    expect(rack?.lbEndpoints?.[0]?.metadata?.filterMetadata?.['io.kuma.labels']).toEqual({ rack: '7' })
  })

  it('by the first rule that leads to a zone; its place in the list is the priority', () => {
    const elsewhere = { zones: ['elsewhere'] }
    expect(across([{ to: { type: 'None' } }])).toEqual(['here p0 w1 x2'])
    expect(across([{ from: elsewhere, to: { type: 'Any' } }, { to: { type: 'Only', zones: ['west'] } }])).toEqual([
      'here p0 w1 x2',
      'west p2 x1',
    ])
    expect(across([{ to: { type: 'AnyExcept', zones: ['west'] } }, { to: { type: 'Any' } }])).toEqual([
      'east p1 x1',
      'here p0 w1 x2',
      'west p2 x1',
    ])
  })

  it('behind an egress that is named after the strategy', () => {
    const hidden = { ...here, hidesZones: true }
    const [any] = across([{ to: { type: 'Any' } }], hidden)
    expect(any).toMatch(/^egress_.{8} p1 x2$/)
    expect(across([{ to: { type: 'Only', zones: ['west', 'east'] } }], hidden)[0]).toBe(
      across([{ to: { type: 'Only', zones: ['east', 'west'] } }], hidden)[0],
    )
    expect(across([{ to: { type: 'Only', zones: ['east'] } }], hidden)[0]).not.toBe(any)
  })

  it.each([
    [70, 100],
    ['33.3', 300],
    [100, 100],
    ['x', 200],
  ])('a threshold of %s percent', (percentage, factor) => {
    expect(placed({ crossZone: { failoverThreshold: { percentage } } }).factor).toBe(factor)
  })
})

it('hash policies are those of the load balancer that is chosen, unless there are general ones', () => {
  const added = (conf: LoadBalancingConf) => {
    const route = { action: { $case: 'route' as const, route: { hashPolicy: [] } } }
    addHashPolicies(route, conf)
    return route.action.route.hashPolicy
  }
  const byHeader = [{ type: 'Header' as const, header: { name: 'x' } }]
  const ringHash = { hashPolicies: byHeader }
  expect(added({ loadBalancer: { type: 'RingHash', ringHash } })).toHaveLength(1)
  expect(added({ loadBalancer: { type: 'Maglev', ringHash } })).toEqual([])
  expect(added({ loadBalancer: { type: 'RoundRobin' }, hashPolicies: byHeader })).toHaveLength(1)
  expect(added({ loadBalancer: { type: 'RingHash', ringHash }, hashPolicies: [] })).toEqual([])
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Resource } from '../../core/resource.js'
import { select, selectsAnything } from './match.js'
import { createPolicyIndex } from './policy-index.js'
import type { Policy, TargetRef } from './policy-spec.js'
import { type ProxySpec, proxyShape } from './proxy-shape.js'
import type { GatewaySpec } from './select-gateway.js'

const policy = (name: string, targetRef?: TargetRef, labels: Record<string, string> = {}, type = 'MeshTimeout'): Policy => ({
  type,
  mesh: 'default',
  name,
  labels,
  spec: { targetRef },
})
const dataplane = (name: string, networking: ProxySpec['networking'], labels: Record<string, string> = {}): Resource<ProxySpec> => ({
  type: 'Dataplane',
  mesh: 'default',
  name,
  labels,
  spec: { networking },
})
const web = proxyShape(dataplane('web-1', { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] }), [])
const match = (policies: readonly Policy[], routes: readonly Policy[] = [], shadow = false) =>
  createPolicyIndex(policies, routes, shadow).match(web)
const names = (matched: ReturnType<typeof match>) => matched.policies.map(({ policy: { name } }) => name)

describe('the index of policies', () => {
  it('leaves shadow policies out unless they are asked for', () => {
    const policies = [policy('a'), policy('b', undefined, { 'kuma.io/effect': 'shadow' })]
    expect(names(match(policies))).toEqual(['a'])
    expect(names(match(policies, [], true))).toEqual(['a', 'b'])
  })

  it('takes what a MeshHTTPRoute selects for a policy on it', () => {
    const routes = [
      policy('api', { kind: 'MeshService', name: 'web' }, {}, 'MeshHTTPRoute'),
      policy('other', { kind: 'MeshService', name: 'x' }, {}, 'MeshHTTPRoute'),
    ]
    const policies = [policy('a', { kind: 'MeshHTTPRoute', name: 'api' }), policy('b', { kind: 'MeshHTTPRoute', name: 'other' })]
    expect(names(match(policies, routes))).toEqual(['a'])
    expect(createPolicyIndex(policies, routes, false).routeOf(policies[0]!)).toBe(routes[0])
    const elsewhere = { 'kuma.io/policy-role': 'consumer', 'k8s.kuma.io/namespace': 'x' }
    expect(names(match([policy('a', { kind: 'MeshHTTPRoute', name: 'api' }, elsewhere)], routes))).toEqual([])
  })

  it('warns of what it can not resolve', () => {
    const policies = [policy('a', { kind: 'MeshHTTPRoute', name: 'gone' }), policy('b', { kind: 'MeshExternalService', name: 'x' })]
    expect(match(policies)).toEqual({
      policies: [],
      warnings: [
        `unable to resolve TargetRef on policy: mesh:default name:a error:"couldn't resolve MeshHTTPRoute targetRef with name 'gone'"`,
        `unable to resolve TargetRef on policy: mesh:default name:b error:"unsupported targetRef kind 'MeshExternalService'"`,
      ],
    })
  })
})

const value = fc.constantFrom('a', 'b', '*')
const tags = fc.dictionary(fc.constantFrom('kuma.io/service', 'version', 'team'), value)
const labels = fc.dictionary(fc.constantFrom('app', 'team'), fc.constantFrom('a', 'b', ''))
const name = fc.option(fc.constantFrom('a', 'b'), { nil: undefined })
const maybe = <T>(given: fc.Arbitrary<T>) => fc.option(given, { nil: undefined })
const ref: fc.Arbitrary<TargetRef> = fc.oneof(
  fc.record({ kind: fc.constant('Mesh'), proxyTypes: maybe(fc.subarray(['Sidecar', 'Gateway'])) }),
  fc.record({ kind: fc.constant('Dataplane'), name, labels: maybe(labels), sectionName: maybe(fc.constantFrom('80', 'x')) }),
  fc.record({ kind: fc.constantFrom('MeshSubset', 'MeshService', 'MeshServiceSubset', 'MeshGateway'), name, tags: maybe(tags) }),
)
const own = fc.record(
  {
    'kuma.io/policy-role': fc.constantFrom('system', 'consumer', 'producer'),
    'k8s.kuma.io/namespace': fc.constantFrom('a', 'b'),
    'kuma.io/origin': fc.constantFrom('zone', 'global'),
    'kuma.io/zone': fc.constantFrom('a', 'b'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, string>>
const proxies = fc.record({
  inbound: fc.array(fc.record({ port: fc.constantFrom(80, 90), tags }), { maxLength: 2 }),
  gateway: maybe(fc.record({ type: fc.constantFrom('BUILTIN', 'DELEGATED'), tags })),
})
const gateways: Resource<GatewaySpec>[] = [
  {
    type: 'MeshGateway',
    mesh: 'default',
    name: 'a',
    labels: {},
    spec: { selectors: [{ match: { team: 'a' } }], conf: { listeners: [{ port: 1, tags: { version: 'b' } }] } },
  },
]

describe('looking only at candidates', () => {
  it('finds what looking at every policy finds', () => {
    const policies = fc.array(fc.tuple(ref, own), { maxLength: 10 })
    fc.assert(
      fc.property(policies, name, proxies, fc.tuple(labels, own), (list, proxyName, networking, [ownLabels, origin]) => {
        const all = list.map(([targetRef, given], i) => policy(`p${i}`, targetRef, given))
        const proxy = proxyShape(dataplane(proxyName ?? 'c', { address: '10.0.0.1', ...networking }, { ...ownLabels, ...origin }), gateways)
        const expected = all
          .map((p) => ({ policy: p, selection: select(p, p.spec.targetRef!, proxy) }))
          .filter(({ selection }) => selectsAnything(selection))
        expect(createPolicyIndex(all, [], false).match(proxy).policies).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KumaError } from '../../src/core/errors.js'
import type { DataplaneSpec } from '../../src/core/kinds/dataplane.js'
import type { Resource } from '../../src/core/resource.js'
import { type ExplainInput, translateWithProvenance, whyNot } from '../../src/explain/index.js'
import { arbitraryMesh } from '../../src/testing/index.js'
import { failedText } from '../../src/explain/why-not/failed.js'
import { whyNotSelected } from '../../src/explain/why-not/target-ref.js'
import { createMeshRules } from '../../src/translate/rules/index.js'
import type { PolicySpec, TargetRef } from '../../src/translate/rules/policy-spec.js'
import { proxyShape } from '../../src/translate/rules/proxy-shape.js'
import { createFleet } from '../../src/translate/fleet.js'
import { registry } from '../../src/translate/kinds.js'
import { inboundsOf, tagSetsOf } from '../../src/translate/proxy.js'
import { type ConnectionSpec, inboundPolicy, outboundPolicies } from '../../src/translate/source-destination.js'
import { casesOf } from '../conformance/cases.js'
import { proxiesOf, proxyIn } from './proxies.js'

const mesh = (mtls: boolean) => `
type: Mesh
name: shop
skipCreatingInitialPolicies: ['*']
${mtls ? 'mtls: { enabledBackend: ca-1, backends: [{ name: ca-1, type: builtin }] }' : ''}
---
type: Mesh
name: other
skipCreatingInitialPolicies: ['*']
---
type: Dataplane
mesh: shop
name: web-1
labels: { app: web }
networking:
  address: 10.0.0.1
  inbound:
  - port: 9000
    name: main
    tags: { kuma.io/service: web, kuma.io/protocol: http, version: v1 }
  outbound:
  - port: 9001
    tags: { kuma.io/service: orders }
---
type: Dataplane
mesh: shop
name: orders-1
networking:
  address: 10.0.0.2
  inbound:
  - port: 8080
    tags: { kuma.io/service: orders, kuma.io/protocol: http }
---
type: Dataplane
mesh: shop
name: edge-1
networking:
  address: 10.0.0.3
  gateway: { tags: { kuma.io/service: edge } }
---
`
const policy = (type: string, spec: string, { name = 'p', labels = '{}', of = 'shop' } = {}) =>
  `type: ${type}\nmesh: ${of}\nname: ${name}\nlabels: ${labels}\nspec:\n  ${spec.trim().replaceAll('\n', '\n  ')}\n---\n`
const older = (type: string, spec: string, name = 'p') => `type: ${type}\nmesh: shop\nname: ${name}\n${spec.trim()}\n---\n`
const to = (kind: string, name = '') =>
  `to: [{ targetRef: { kind: ${kind}${name && `, name: ${name}`} }, default: { connectionTimeout: 7s } }]`
const timeout = (ref: string, rest = to('Mesh')) => policy('MeshTimeout', `targetRef: ${ref}\n${rest}`)
const asked = (resources: string, type: string, { proxy = 'web-1', name = 'p', of = 'shop', mtls = true } = {}) =>
  whyNot(proxyIn(mesh(mtls) + resources, proxy), { type, mesh: of, name })

describe('why a targetRef policy doesn’t select a proxy', () => {
  test.each<[string, string, object?]>([
    ['targetRef MeshSubset version=v2; inbound 9000 has version=v1', timeout('{ kind: MeshSubset, tags: { version: v2 } }')],
    ['targetRef MeshSubset env=prod; inbound 9000 has no env', timeout('{ kind: MeshSubset, tags: { env: prod } }')],
    ['targetRef MeshService kuma.io/service=orders; inbound 9000 has kuma.io/service=web', timeout('{ kind: MeshService, name: orders }')],
    [
      'targetRef MeshServiceSubset kuma.io/service=web version=v2; inbound 9000 has version=v1',
      timeout('{ kind: MeshServiceSubset, name: web, tags: { version: v2 } }'),
    ],
    ['proxyTypes Gateway; the proxy is a Sidecar', timeout('{ kind: Mesh, proxyTypes: [Gateway] }')],
    ['proxyTypes Sidecar; the proxy is a Gateway', timeout('{ kind: Mesh, proxyTypes: [Sidecar] }'), { proxy: 'edge-1' }],
    ['targetRef Dataplane orders-1 of zone default; the proxy is web-1 of zone default', timeout('{ kind: Dataplane, name: orders-1 }')],
    ['targetRef Dataplane with labels app=orders; the proxy has app=web', timeout('{ kind: Dataplane, labels: { app: orders } }')],
    [
      'sectionName side; the proxy has main',
      policy('MeshTimeout', 'targetRef: { kind: Dataplane, name: web-1, sectionName: side }\nrules: [{ default: { idleTimeout: 7s } }]'),
    ],
    ['targetRef MeshGateway edge; the proxy is no builtin gateway', timeout('{ kind: MeshGateway, name: edge }')],
    [
      'label kuma.io/effect=shadow; such policies change nothing',
      policy('MeshTimeout', `targetRef: { kind: Mesh }\n${to('Mesh')}`, { labels: '{ kuma.io/effect: shadow }' }),
    ],
    [
      'mesh other; the proxy is in mesh shop',
      policy('MeshTimeout', `targetRef: { kind: Mesh }\n${to('Mesh')}`, { of: 'other' }),
      { of: 'other' },
    ],
    [
      'targetRef MeshHTTPRoute r; the mesh has no MeshHTTPRoute',
      timeout('{ kind: MeshHTTPRoute, name: r }', 'to: [{ targetRef: { kind: Mesh }, default: { http: { requestTimeout: 7s } } }]'),
    ],
  ])('%s', (message, resources, options) => {
    expect(asked(resources, 'MeshTimeout', options)).toMatchObject({ verdict: 'not-selected', message })
  })

  test('names the first condition by its field', () => {
    expect(asked(timeout('{ kind: MeshSubset, tags: { version: v2 } }'), 'MeshTimeout').failed).toEqual({
      predicate: 'targetRef',
      path: 'spec.targetRef.tags',
      wanted: 'targetRef MeshSubset version=v2',
      found: 'inbound 9000 has version=v1',
    })
  })
})

const selectors = (field: string, ...services: string[]) =>
  `${field}: [${services.map((name) => `{ match: { kuma.io/service: ${name} } }`).join(', ')}]`
const breaker = (destination: string) =>
  `${selectors('sources', "'*'")}\n${selectors('destinations', destination)}\nconf: { detectors: { totalErrors: { consecutive: 5 } } }`
const route = older(
  'TrafficRoute',
  `${selectors('sources', "'*'")}\n${selectors('destinations', "'*'")}\nconf: { destination: { kuma.io/service: '*' } }`,
  'route',
)

describe('why a source/destination policy doesn’t concern a proxy', () => {
  test.each<[string, string, string]>([
    [
      'sources kuma.io/service=orders; inbound 9000 has kuma.io/service=web',
      'HealthCheck',
      `${selectors('sources', 'orders')}\n${selectors('destinations', "'*'")}\nconf: { interval: 10s, timeout: 2s, unhealthyThreshold: 3, healthyThreshold: 1, tcp: {} }`,
    ],
    ['destinations kuma.io/service=redis; the proxy dials orders', 'CircuitBreaker', breaker('redis')],
    [
      'destinations kuma.io/service=orders; inbound 9000 has kuma.io/service=web',
      'TrafficPermission',
      `${selectors('sources', "'*'")}\n${selectors('destinations', 'orders')}`,
    ],
    [
      'selectors kuma.io/service=orders; inbound 9000 has kuma.io/service=web',
      'ProxyTemplate',
      `${selectors('selectors', 'orders')}\nconf: { imports: [default-proxy] }`,
    ],
  ])('%s', (message, type, spec) => {
    expect(asked(older(type, spec), type)).toMatchObject({ verdict: 'not-selected', message, fields: 0 })
  })
})

describe('why a policy that selects a proxy changes nothing', () => {
  test.each<[string, string, string, string, object?]>([
    ['to MeshService redis; the proxy dials orders', 'to', 'MeshTimeout', timeout('{ kind: Mesh }', to('MeshService', 'redis'))],
    [
      'rules of incoming traffic; the proxy has no inbound',
      'rules',
      'MeshTimeout',
      policy('MeshTimeout', 'targetRef: { kind: Mesh }\nrules: [{ default: { idleTimeout: 7s } }]'),
      { proxy: 'edge-1' },
    ],
    [
      'MeshTimeout p; all of it is overridden by MeshTimeout strong, with targetRef MeshService web',
      'overridden',
      'MeshTimeout',
      timeout('{ kind: Mesh }') +
        policy('MeshTimeout', `targetRef: { kind: MeshService, name: web }\n${to('Mesh')}`.replace('7s', '8s'), { name: 'strong' }),
    ],
    [
      'MeshTrafficPermission p needs mTLS; mesh shop has no mtls.enabledBackend',
      'mtls',
      'MeshTrafficPermission',
      policy('MeshTrafficPermission', 'targetRef: { kind: Mesh }\nfrom: [{ targetRef: { kind: Mesh }, default: { action: Allow } }]'),
      { mtls: false },
    ],
    [
      'TrafficPermission p needs mTLS; mesh shop has no mtls.enabledBackend',
      'mtls',
      'TrafficPermission',
      older('TrafficPermission', `${selectors('sources', "'*'")}\n${selectors('destinations', "'*'")}`),
      { mtls: false },
    ],
    [
      'CircuitBreaker p needs a TrafficRoute; no TrafficRoute routes the connections of the proxy',
      'traffic-route',
      'CircuitBreaker',
      older('CircuitBreaker', breaker("'*'")),
    ],
    [
      'CircuitBreaker p; all of it is overridden by CircuitBreaker strong, from kuma.io/service=* to kuma.io/service=orders',
      'overridden',
      'CircuitBreaker',
      route + older('CircuitBreaker', breaker("'*'")) + older('CircuitBreaker', breaker('orders'), 'strong'),
    ],
  ])('%s', (message, predicate, type, resources, options) => {
    expect(asked(resources, type, options)).toMatchObject({ verdict: 'no-effect', message, fields: 0, failed: { predicate } })
  })

  test('none does where fields depend on it', () => {
    const answer = asked(timeout('{ kind: MeshSubset, tags: { version: v1 } }'), 'MeshTimeout')
    expect(answer).toMatchObject({ verdict: 'applies', message: `${answer.fields} fields of the proxy depend on it` })
    expect(answer.failed).toBeUndefined()
  })
})

describe('questions that have no answer', () => {
  const code = (ask: () => unknown) => {
    try {
      ask()
    } catch (error) {
      return error instanceof KumaError ? `${error.code}: ${error.message}` : error
    }
    return 'answered'
  }

  test('say why', () => {
    const input = proxyIn(mesh(true), 'web-1')
    expect(code(() => asked('', 'MeshTimeout'))).toBe('not-found: there is no MeshTimeout "p" in mesh "shop"')
    expect(code(() => whyNot(input, { type: 'Dataplane', mesh: 'shop', name: 'web-1' }))).toBe('unknown-kind: Dataplane is no policy')
    const unknown: ExplainInput = { ...input, proxy: { mesh: 'shop', name: 'nobody' } }
    expect(code(() => translateWithProvenance(unknown))).toContain('unknown-proxy: there is no Dataplane "nobody"')
    expect(code(() => whyNot({ ...input, proxy: { mesh: 'nowhere', name: 'web-1' } }, { type: 'Mesh', name: 'shop' }))).toContain(
      'unknown-mesh',
    )
  })
})

const policiesOf = ({ resources, proxy }: ExplainInput) =>
  [...resources].filter(({ type, mesh }) => registry.byType(type)?.policy && mesh === proxy.mesh)

describe('agrees with the matcher', () => {
  /** What the rule engine says. */
  function selects(policy: Resource, { resources, proxy }: ExplainInput): boolean {
    const context = createFleet(resources).mesh(proxy.mesh!)!
    const dataplane = context.dataplanes.find(({ name }) => name === proxy.name)!
    return context.rules.of(registry.byType(policy.type)!, dataplane as Resource<object>).policies.includes(policy as Resource<object>)
  }

  const names = 'top-*,proxytypes-*,section-*,prec-*,subset-*,policy-shadow,gw-*,other-mesh,to-*,tie-*'.split(',')
  const wanted = (name: string) => names.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name))
  const cases = casesOf('targetref', wanted)

  test.each(cases.map(({ name, ...rest }) => [name, rest] as const))(
    'of targetRef policies: %s',
    (name, rest) => {
      for (const input of proxiesOf({ name, ...rest }).filter(({ proxy }) => proxy.mesh !== undefined))
        for (const policy of policiesOf(input).filter(({ type }) => registry.byType(type)?.policy?.matching === 'targetRef'))
          expect([policy.name, input.proxy.name, whyNot(input, policy).verdict !== 'not-selected']).toEqual([
            policy.name,
            input.proxy.name,
            selects(policy, input),
          ])
    },
    120_000,
  )

  test('of targetRef policies, whatever they select by', () => {
    const name = fc.constantFrom('web-1', 'web-2', 'edge')
    const tags = fc.dictionary(fc.constantFrom('kuma.io/service', 'version'), fc.constantFrom('web', 'v1', '*'), { maxKeys: 2 })
    const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
    const proxyTypes = some(fc.subarray(['Sidecar', 'Gateway']))
    const ref: fc.Arbitrary<TargetRef> = fc.oneof(
      fc.record({ kind: fc.constantFrom('Mesh', 'MeshSubset'), tags: some(tags), proxyTypes }),
      fc.record({
        kind: fc.constant('Dataplane'),
        name: some(name),
        labels: some(fc.constantFrom<Record<string, string>>({ app: 'web' }, {})),
        sectionName: some(fc.constantFrom('main', '80')),
      }),
      fc.record({
        kind: fc.constantFrom('MeshService', 'MeshServiceSubset', 'MeshGateway'),
        name: fc.constantFrom('web', 'edge'),
        tags: some(tags),
      }),
      fc.record({ kind: fc.constantFrom('MeshHTTPRoute', 'MeshExternalService'), name: fc.constantFrom('route', 'none') }),
    )
    const labels = fc.dictionary(
      fc.constantFrom('kuma.io/zone', 'kuma.io/origin', 'kuma.io/policy-role', 'k8s.kuma.io/namespace', 'kuma.io/effect', 'app'),
      fc.constantFrom('zone', 'east', 'consumer', 'producer', 'shadow', 'web'),
    )
    const inbound = fc.record({ port: fc.constant(80), name: some(fc.constant('main')), tags })
    const gateway = some(fc.record({ type: fc.constantFrom('BUILTIN', 'DELEGATED'), tags: fc.constant({ 'kuma.io/service': 'edge' }) }))
    const networking = fc.record({ address: fc.constant('10.0.0.1'), inbound: fc.array(inbound, { maxLength: 2 }), gateway })
    const listeners = [{ port: 80, protocol: 'HTTP', tags: { version: 'v1' } }]
    const edge = { selectors: [{ match: { 'kuma.io/service': 'edge' } }], conf: { listeners } }
    const policyOf = (type: string, called: string) =>
      fc.record({ labels, ref }).map((made): Resource<PolicySpec> => {
        return { type, mesh: 'shop', name: called, labels: made.labels, spec: { targetRef: made.ref } }
      })
    const given = fc.record({ policy: policyOf('MeshTimeout', 'p'), route: policyOf('MeshHTTPRoute', 'route'), networking, name, labels })
    fc.assert(
      fc.property(given, ({ policy, route, ...made }) => {
        const dataplane = { type: 'Dataplane', mesh: 'shop', name: made.name, labels: made.labels, spec: { networking: made.networking } }
        const mesh = { type: 'Mesh', name: 'shop', labels: {}, spec: {} }
        const resources: Resource[] = [
          mesh,
          { type: 'MeshGateway', mesh: 'shop', name: 'edge', labels: {}, spec: edge },
          policy,
          route,
          dataplane,
        ]
        const resourcesOf = <S>(type: string) => resources.filter((resource) => resource.type === type) as Resource<S>[]
        const { policies } = createMeshRules({ name: 'shop', resourcesOf }).of(registry.byType('MeshTimeout')!, dataplane)
        const failed = whyNotSelected(policy, [route], proxyShape(dataplane, resourcesOf('MeshGateway')))
        expect(failed === undefined).toBe(policies.includes(policy))
        if (failed) expect(failedText(failed)).not.toMatch(/undefined|; $|^;| fits/)
      }),
      { numRuns: 2000 },
    )
  })

  test('of source/destination policies, in random meshes; applies means that a field depends on it', () => {
    fc.assert(
      fc.property(arbitraryMesh('random', { policies: true }), ({ mesh, resources }) => {
        const fleet = createFleet(resources)
        const proxy = fleet.proxies().find((candidate) => candidate.mesh === mesh)
        if (!proxy) return
        const input = { resources, proxy }
        const dataplane = fleet.mesh(mesh)!.dataplanes.find(({ name }) => name === proxy.name)!
        const before = fleet.translate(proxy).snapshot
        for (const policy of policiesOf(input)) {
          const answer = whyNot(input, policy)
          if (answer.verdict === 'not-selected' && registry.byType(policy.type)?.policy?.matching === 'sourceDestination')
            expect(matchesSomething(policy as Resource<ConnectionSpec>, dataplane)).toBe(false)
          const after = createFleet(resources.filter((resource) => resource !== policy)).translate(proxy).snapshot
          if (versions(after) !== versions(before)) expect(answer.fields).toBeGreaterThan(0)
          if (answer.verdict === 'no-effect') expect(answer.failed).toBeDefined()
        }
      }),
      { numRuns: 12 },
    )
  }, 300_000)

  /** Whether any of its listed connections, made or taken, is one that the policy speaks of. */
  function matchesSomething(policy: Resource<ConnectionSpec>, dataplane: Resource<DataplaneSpec>): boolean {
    const dialled = (dataplane.spec.networking?.outbound ?? []).map(({ tags }) => tags?.['kuma.io/service'] ?? '')
    const outgoing = ['TrafficPermission', 'FaultInjection'].includes(policy.type) ? [] : dialled
    const incoming = ['TrafficPermission', 'FaultInjection', 'RateLimit'].includes(policy.type) ? inboundsOf(dataplane.spec) : []
    const outboundPolicy = outboundPolicies([policy], tagSetsOf(dataplane.spec))
    return outgoing.some((service) => outboundPolicy(service)) || incoming.some(({ tags }) => inboundPolicy([policy], tags))
  }
})

const versions = (snapshot: ReturnType<ReturnType<typeof createFleet>['translate']>['snapshot']) =>
  Object.values(snapshot)
    .flatMap((resources) => [...resources].map(([name, { version }]) => `${name} ${version}`))
    .join()

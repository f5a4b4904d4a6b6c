import { describe, expect, test } from 'vitest'
import { explain, explainPolicy, translateWithProvenance } from '../../src/explain/index.js'
import { casesOf } from '../conformance/cases.js'
import { proxiesOf, proxyIn } from './proxies.js'

const mesh = `
type: Mesh
name: shop
skipCreatingInitialPolicies: ['*']
mtls:
  enabledBackend: ca-1
  backends: [{ name: ca-1, type: builtin }]
---
type: Dataplane
mesh: shop
name: web-1
networking:
  address: 10.0.0.1
  inbound:
  - port: 8080
    servicePort: 18080
    tags: { kuma.io/service: web, kuma.io/protocol: http }
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
`
const timeout = (name: string, targetRef: string, conf: string) => `---
type: MeshTimeout
mesh: shop
name: ${name}
spec:
  targetRef: ${targetRef}
  to:
  - targetRef: { kind: Mesh }
    default: ${conf}
`
const everywhere = timeout('everywhere', '{ kind: Mesh }', '{ connectionTimeout: 2s, idleTimeout: 21s }')
const web = timeout('web', '{ kind: MeshSubset, tags: { kuma.io/service: web } }', '{ connectionTimeout: 3s }')
const input = (...policies: string[]) => proxyIn(mesh + policies.join(''), 'web-1')
const connectTimeout = { field: 'clusters["orders"].connectTimeout' }
const asked = (policies: string[], field: string) => explain(translateWithProvenance(input(...policies)), { field }).fields[0]!
const key = (name: string) => ({ type: 'MeshTimeout', mesh: 'shop', name })

describe('explain a field', () => {
  test('names the policy, the place in it, its turn in the merge, and what it overrode', () => {
    const field = asked([everywhere, web], connectTimeout.field)
    expect(field).toMatchObject({ value: '3s', default: false })
    expect(field.origins[0]).toEqual({
      resource: key('web'),
      path: 'spec.to[0].default.connectionTimeout',
      relation: 'value',
      merged: expect.arrayContaining([{ rule: 'to any', step: 2, of: 2 }]),
    })
    expect(field.overrode.map(({ without, value, origins }) => [without.name, value, origins.map(({ path }) => path)])).toEqual([
      ['web', '2s', ['spec.to[0].default.connectionTimeout']],
      ['everywhere', '5s', []],
    ])
  })

  test('says default where nobody says anything, and why the field is there all the same', () => {
    const field = asked([], connectTimeout.field)
    expect(field).toMatchObject({ value: '5s', default: true, overrode: [] })
    expect(field.origins.filter(({ relation }) => relation === 'presence')).toEqual([
      { resource: { type: 'Dataplane', mesh: 'shop', name: 'web-1' }, path: 'networking.outbound[0]', relation: 'presence' },
    ])
  })

  test('knows the winner of two policies that say the same, and of one that says the default', () => {
    const same = timeout('web', '{ kind: MeshSubset, tags: { kuma.io/service: web } }', '{ connectionTimeout: 2s }')
    expect(asked([everywhere, same], connectTimeout.field).origins[0]).toMatchObject({ resource: key('web'), redundant: true })
    const five = timeout('five', '{ kind: Mesh }', '{ connectionTimeout: 5s }')
    expect(asked([five], connectTimeout.field).origins[0]).toMatchObject({ resource: key('five'), redundant: true, relation: 'value' })
  })

  test.each([
    ['listeners["inbound:10.0.0.1:8080"].address.socketAddress.portValue', 'Dataplane web-1 networking.inbound[0].port'],
    [
      'clusters["localhost:18080"].loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.portValue',
      'Dataplane web-1 networking.inbound[0].servicePort',
    ],
    ['endpoints["orders"].endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address', 'Dataplane orders-1 networking.address'],
    ['listeners["inbound:10.0.0.1:8080"].filterChains[0].transportSocket.name', 'Mesh shop mtls.enabledBackend'],
    ['secrets["identity_cert:secret:shop"].tlsCertificate.privateKey.inlineBytes', 'argument identity.privateKey'],
  ])('knows what is no policy: %s', (path, place) => {
    const places = asked([], path).origins.map(
      ({ resource, path }) => `${resource ? `${resource.type} ${resource.name}` : 'argument'} ${path}`,
    )
    expect(places).toContain(place)
  })

  test('names the nearest where there is no such field', () => {
    const translation = translateWithProvenance(input())
    const nearest = (field: string) => explain(translation, { field }).nearest
    expect(explain(translation, { field: 'clusters["orders"].conectTimeout' })).toEqual({
      path: 'clusters["orders"].conectTimeout',
      fields: [],
      policies: [],
      nearest: 'clusters["orders"].connectTimeout',
    })
    expect(nearest('cluster["order"].connectTimeout')).toBe('clusters["orders"].connectTimeout')
    expect(nearest('clusters["orders"].zzzzzzzz')).toBe('clusters["orders"]')
    expect(nearest('')).toBeUndefined()
    expect(nearest('][')).toBeUndefined()
  })
})

describe('explain a resource of Envoy', () => {
  test('gives every field of it', () => {
    const translation = translateWithProvenance(input(everywhere, web))
    const { fields, policies } = explain(translation, { type: 'clusters', name: 'orders' })
    expect(policies.map(({ name }) => name).sort()).toEqual(['everywhere', 'web'])
    expect(fields.map(({ path }) => path)).toEqual(
      translation.provenance.fields.map(({ path }) => path).filter((path) => path.startsWith('clusters["orders"]')),
    )
  })
})

test('a permission is behind the filter that asks for it, with the callers that it names', () => {
  const permission = (source: string) =>
    `---\ntype: TrafficPermission\nmesh: shop\nname: p\nsources: [{ match: { kuma.io/service: ${source} } }]\ndestinations: [{ match: { kuma.io/service: web } }]\n`
  const policies = (source: string) =>
    explain(translateWithProvenance(input(permission(source))), { type: 'listeners', name: 'inbound:10.0.0.1:8080' }).policies
  const key = { type: 'TrafficPermission', mesh: 'shop', name: 'p' }
  expect(policies('orders')).toContainEqual(key)
  expect(policies("'*'")).toContainEqual(key)
  const { fields } = explain(translateWithProvenance(input(permission('orders'))), { type: 'listeners', name: 'inbound:10.0.0.1:8080' })
  const principal = fields.find(({ value }) => value === 'spiffe://shop/orders')
  expect(principal?.origins[0]).toMatchObject({ resource: key, path: 'sources[0].match["kuma.io/service"]', relation: 'value' })
})

describe('explain a policy', () => {
  test('tells what it sets, what would be otherwise, and by whom', () => {
    const { sets } = explainPolicy(translateWithProvenance(input(everywhere, web)), key('web'))
    expect(sets).toEqual([
      {
        path: connectTimeout.field,
        value: '3s',
        places: ['spec.to[0].default.connectionTimeout'],
        otherwise: '2s',
        overrode: [expect.objectContaining({ resource: key('everywhere') })],
      },
    ])
  })

  test('tells what it would set, were it not for others', () => {
    const { overridden } = explainPolicy(translateWithProvenance(input(everywhere, web)), key('everywhere'))
    expect(overridden).toEqual([
      { path: connectTimeout.field, value: '3s', would: '2s', by: [expect.objectContaining({ resource: key('web') })] },
    ])
  })

  test('has nothing to tell of one that isn’t there', () => {
    expect(explainPolicy(translateWithProvenance(input()), key('nobody'))).toMatchObject({ sets: [], overridden: [] })
  })
})

/** One case for each kind of policy: its conf shows in fields, each by the place in it. */
const byKind: Readonly<Record<string, string>> = {
  'cb-all': 'CircuitBreaker',
  'fi-delay': 'FaultInjection',
  'hc-minimal-http-service': 'HealthCheck',
  'rl-minimal': 'RateLimit',
  'tl-named-backend': 'TrafficLog',
  'tp-destination-tags': 'TrafficPermission',
  'tr-split-tcp': 'TrafficRoute',
  'pt-cluster-add': 'ProxyTemplate',
  'al-tcp-default': 'MeshAccessLog',
  'cb-one-limit': 'MeshCircuitBreaker',
  'fi-abort': 'MeshFaultInjection',
  'hc-http': 'MeshHealthCheck',
  'lb-ring-hash': 'MeshLoadBalancingStrategy',
  'metric-prometheus': 'MeshMetric',
  'px-cluster-add': 'MeshProxyPatch',
  'rl-tcp': 'MeshRateLimit',
  'retry-http-every-field': 'MeshRetry',
  'route-path-prefix': 'MeshHTTPRoute',
  'tcproute-one': 'MeshTCPRoute',
  'timeout-fractions': 'MeshTimeout',
  'tls-version-auto': 'MeshTLS',
  'mtp-allow-all': 'MeshTrafficPermission',
  'trace-zipkin-minimal': 'MeshTrace',
  'pt-all': 'MeshPassthrough',
}

describe('every kind of policy, though none knows of provenance', () => {
  test.each(Object.entries(byKind))('%s: %s shows in some field with its place', (name, type) => {
    const found = ['legacy', 'targetref'].flatMap((group) => casesOf(group, (candidate) => candidate === name))
    const places = found.flatMap(proxiesOf).flatMap((proxy) => {
      const policies = [...proxy.resources].filter((resource) => resource.type === type && resource.mesh === proxy.proxy.mesh)
      const translation = translateWithProvenance(proxy)
      return policies.flatMap((policy) => explainPolicy(translation, policy).sets.flatMap((set) => set.places))
    })
    expect(places.filter((place) => place !== '')).not.toEqual([])
  })
})

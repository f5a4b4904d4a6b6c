import { describe, expect, test } from 'vitest'
import { dataplane, policy, routeAll, shop, stored } from '../../test/translated.js'
import type { Resource } from '../core/resource.js'
import { rewrites } from './rewrites.js'
import { migrate } from './index.js'

const mtls = 'mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}\n'
const proxies =
  dataplane('web', { outbounds: ['orders', 'redis'] }) +
  dataplane('orders', { address: '10.0.0.2' }) +
  dataplane('redis', { address: '10.0.0.3', protocol: 'tcp' })
const migrated = (text: string, security = '') => migrate(stored(shop(security + proxies + text)))
const made = (resources: readonly Resource[]) =>
  resources.filter(({ type }) => type.startsWith('Mesh') && type !== 'Mesh').map(({ type, name, spec }) => ({ type, name, spec }))

describe('what becomes of policies', () => {
  test('that say what holds anyway: nothing, and it means nothing to traffic', () => {
    const { resources, rewritten, kept, plan } = migrated(routeAll)
    expect(resources.map(({ type }) => type)).not.toContain('TrafficRoute')
    expect([rewritten.length, kept]).toEqual([1, []])
    expect(plan.proxies.flatMap(({ meaning }) => meaning)).toEqual([])
    expect(plan.proxies.map(({ proxy }) => proxy.name)).toEqual(['web-1'])
  })

  test('a client and a service each: an entry with the same values', () => {
    const { resources, plan } = migrated(
      routeAll + policy('CircuitBreaker', { thresholds: { maxConnections: 5 } }, { name: 'limits', to: 'orders' }),
    )
    expect(made(resources)).toEqual([
      {
        type: 'MeshCircuitBreaker',
        name: 'limits',
        spec: {
          targetRef: { kind: 'Mesh' },
          to: [{ targetRef: { kind: 'MeshService', name: 'orders' }, default: { connectionLimits: { maxConnections: 5 } } }],
        },
      },
    ])
    const fields = plan.proxies.flatMap(({ changes }) => changes.flatMap((change) => change.fields.map(({ path }) => path)))
    expect(fields.filter((path) => path.includes('circuitBreakers'))).toEqual([])
  })

  test('routes: of HTTP for HTTP services, of TCP for others', () => {
    const split = [
      { weight: 90, destination: { 'kuma.io/service': 'orders', version: 'v1' } },
      { weight: 10, destination: { 'kuma.io/service': 'orders' } },
    ]
    const { resources, rewritten } = migrated(
      routeAll +
        policy('TrafficRoute', { split }, { name: 'http', to: 'orders' }) +
        policy('TrafficRoute', { split }, { name: 'tcp', to: 'redis' }),
    )
    expect(made(resources).map(({ type, name }) => [type, name])).toEqual([
      ['MeshHTTPRoute', 'http'],
      ['MeshTCPRoute', 'tcp'],
    ])
    expect(rewritten).toHaveLength(3)
  })
})

describe('what changes is told', () => {
  test('no proxy at all, where a policy meant nothing', () => {
    const { rewritten, plan } = migrated(policy('TrafficPermission', undefined, { name: 'web-asks', from: 'web', to: 'orders' }))
    expect(rewritten).toHaveLength(1)
    expect(plan).toMatchObject({ impact: 'no-op', proxies: [], unchanged: 3 })
  })

  test('a permission moves to another filter: connections are drained, nobody is lost', () => {
    const { resources, plan } = migrated(policy('TrafficPermission', undefined, { name: 'web-asks', from: 'web', to: 'orders' }), mtls)
    expect(made(resources)).toMatchObject([{ type: 'MeshTrafficPermission', name: 'web-asks' }])
    expect(plan.proxies.find(({ proxy }) => proxy.name === 'orders-1')?.changes.flatMap(({ drops }) => drops)).toEqual([])
    expect(plan.impact).toBe('drains')
  })
})

describe('what stays is said, with the reason', () => {
  test.each<[string, string, RegExp]>([
    ['no counterpart', policy('TrafficLog', { backend: 'b' }, { name: 'logs' }), /has to be rewritten by hand/],
    [
      'tags of any value',
      policy('TrafficPermission', undefined, { name: 'p', from: { 'kuma.io/service': 'web', team: '*' } }),
      /"team" of any value/,
    ],
    [
      'limits for some',
      policy('RateLimit', { http: { requests: 1, interval: '1s' } }, { name: 'r', from: 'web', to: 'orders' }),
      /by their tags/,
    ],
  ])('%s', (_, text, reason) => {
    const { kept, rewritten, resources, plan } = migrated(text)
    expect(rewritten).toEqual([])
    expect(kept).toEqual([{ policy: expect.anything(), reason: expect.stringMatching(reason) }])
    expect(resources.some(({ name }) => name === kept[0]?.policy.name)).toBe(true)
    expect(plan.impact).toBe('no-op')
  })
})

test('each rewrite gives policies that a control plane takes', () => {
  const text = [
    policy(
      'Timeout',
      { connectTimeout: '2s', tcp: { idleTimeout: '1h' }, http: { requestTimeout: '3s', streamIdleTimeout: '1m' } },
      { name: 't' },
    ),
    policy(
      'Retry',
      {
        http: { numRetries: 2, retryOn: ['all_5xx'], retriableMethods: ['GET'], retriableStatusCodes: [503] },
        tcp: { maxConnectAttempts: 2 },
        grpc: { retryOn: ['cancelled'] },
      },
      { name: 'r' },
    ),
    policy('CircuitBreaker', { detectors: { totalErrors: { consecutive: 3 }, standardDeviation: { factor: 1.9 } } }, { name: 'c' }),
    policy(
      'HealthCheck',
      { interval: '5s', timeout: '1s', unhealthyThreshold: 2, healthyThreshold: 1, http: { path: '/health', expectedStatuses: [200] } },
      { name: 'h' },
    ),
    `---\ntype: FaultInjection\nmesh: shop\nname: f\nsources: [{match: {kuma.io/service: web}}]\ndestinations: [{match: {kuma.io/service: orders, kuma.io/protocol: http}}]\nconf: {abort: {percentage: 12.5, httpStatus: 503}}\n`,
    policy(
      'RateLimit',
      { http: { requests: 5, interval: '1s', onRateLimit: { status: 423, headers: [{ key: 'x', value: 'y', append: true }] } } },
      { name: 'l', to: 'orders' },
    ),
    policy('TrafficPermission', undefined, { name: 'p' }),
    routeAll,
  ]
  const { kept, rewritten } = migrated(text.join(''))
  expect(kept).toEqual([])
  expect(new Set(rewritten.map(({ from }) => from.type))).toEqual(new Set(Object.keys(rewrites)))
})

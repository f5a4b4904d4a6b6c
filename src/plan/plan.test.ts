import { describe, expect, test } from 'vitest'
import { dataplane, policy, routeAll, shop, stored } from '../../test/translated.js'
import { plan } from './index.js'

const mtls = (name = 'ca', mode = 'STRICT') =>
  `mtls: {enabledBackend: ${name}, backends: [{name: ${name}, type: builtin, mode: ${mode}}]}\n`
const web = dataplane('web', { address: '10.0.0.1', outbounds: ['orders'] })
const orders = dataplane('orders', { address: '10.0.0.2' })
const other = dataplane('other', { address: '10.0.0.3' })
const anybody = policy('TrafficPermission', undefined, { name: 'anybody' })
const mesh = (parts: readonly string[], security = mtls()) => stored(shop(security + parts.join('')))
const base = [web, orders, other, routeAll, anybody]
const planned = (before: readonly string[], after: readonly string[]) => plan(mesh(before), mesh(after))
const timeout = (request: string) =>
  policy('Timeout', { http: { requestTimeout: request } }, { name: 'timeout', from: 'web', to: 'orders' })

describe('what changes', () => {
  test('nothing, where nothing does', () => {
    expect(planned(base, base)).toEqual({ impact: 'no-op', resources: [], proxies: [], unchanged: 3 })
  })

  test('only the proxies that get something else, field by field', () => {
    const { impact, resources, proxies, unchanged } = planned([...base, timeout('5s')], [...base, timeout('7s')])
    expect(impact).toBe('drains')
    expect(resources).toMatchObject([
      {
        op: 'update',
        key: { type: 'Timeout', name: 'timeout' },
        fields: [{ path: 'spec.conf.http.requestTimeout', before: '5s', after: '7s' }],
      },
    ])
    expect(unchanged).toBe(2)
    expect(proxies).toMatchObject([
      {
        proxy: { name: 'web-1' },
        meaning: [{ subject: 'outbound:127.0.0.1:9001: prefix /', before: 'to orders; timeout 5 s', after: 'to orders; timeout 7 s' }],
        changes: [{ type: 'listeners', name: 'outbound:127.0.0.1:9001', op: 'update', impact: 'drains', drainedChains: 1 }],
      },
    ])
    const route = 'filterChains[0].filters[0].typedConfig.routeConfig.virtualHosts[0].routes[0].route'
    expect(proxies[0]?.changes[0]?.fields).toEqual([{ path: `${route}.timeout.seconds`, before: 5, after: 7 }])
  })

  test('proxies that come and go are told as such', () => {
    const { proxies } = planned(base, [...base.filter((part) => part !== other), dataplane('new', { address: '10.0.0.9' })])
    expect(proxies.map(({ proxy, op, impact }) => [proxy.name, op, impact])).toEqual([
      ['new-1', 'create', 'warms'],
      ['other-1', 'delete', 'drops'],
    ])
  })
})

describe('what it means', () => {
  test('a permission that goes: who is no longer let in', () => {
    const own = policy('TrafficPermission', undefined, { name: 'own', from: 'orders', to: 'orders' })
    const { impact, proxies } = planned(base, [...base, own])
    expect(impact).toBe('drops')
    const [change] = proxies.find(({ proxy }) => proxy.name === 'orders-1')?.changes ?? []
    expect(change?.drops).toEqual(['"other" is no longer let in', '"web" is no longer let in'])
    expect(proxies[0]?.meaning).toContainEqual({ subject: 'inbound:10.0.0.2:8080: callers', before: 'orders, other, web', after: 'orders' })
  })

  test('the last endpoint that goes, and a route to nobody', () => {
    const withoutOrders = planned(
      base,
      base.filter((part) => part !== orders),
    )
    expect(withoutOrders.proxies.find(({ proxy }) => proxy.name === 'web-1')?.changes.flatMap(({ drops }) => drops)).toContain(
      'its last endpoint is gone',
    )
    const toNobody = policy(
      'TrafficRoute',
      { destination: { 'kuma.io/service': 'orders', version: 'none' } },
      { name: 'to-nobody', from: 'web', to: 'orders' },
    )
    const [proxy] = planned(base, [...base, toNobody]).proxies
    expect(proxy).toMatchObject({ proxy: { name: 'web-1' }, impact: 'drops' })
    expect(proxy?.changes.flatMap(({ drops }) => drops).join()).toMatch(/prefix \/ leads to "orders-.*", which has no endpoint/)
  })

  test('mTLS that becomes strict keeps plaintext out; another CA rotates certificates', () => {
    const strict = plan(mesh(base, mtls('ca', 'PERMISSIVE')), mesh(base))
    expect(strict.proxies[0]?.changes.flatMap(({ drops }) => drops)).toContain('callers that speak plaintext are no longer taken')
    const rotated = plan(mesh(base), mesh(base, mtls('ca-2')))
    expect(rotated.impact).toBe('rotates')
    expect(JSON.stringify(rotated)).not.toMatch(/BEGIN|assumed/)
  })
})

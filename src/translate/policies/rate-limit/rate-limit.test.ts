import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, policy, refused, routeAll, shop, translated } from '../../../../test/translated.js'

const mesh = shop() + dataplane('web', { outbounds: ['orders'] }) + dataplane('orders', { address: '10.0.0.2' }) + routeAll
const limit = (requests: number, options = {}) =>
  policy('RateLimit', { http: { requests, interval: '1s' } }, { name: `l${requests}`, ...options })
const local = 'envoy.filters.http.local_ratelimit'
const inboundRoutes = (yaml: string) =>
  lastFilter(translated(mesh + yaml, 'orders-1'), 'inbound:10.0.0.2:8080').routeConfig.virtualHosts[0].routes
const requests = (route: { typedPerFilterConfig?: Record<string, { tokenBucket: { maxTokens: number } }> }) =>
  route.typedPerFilterConfig?.[local]?.tokenBucket.maxTokens

describe('what a service takes', () => {
  it('the most specific source first, all others without a limit last', () => {
    expect(
      inboundRoutes(limit(1) + limit(2, { from: 'web' }) + limit(3, { from: { 'kuma.io/service': 'web', v: '1' } })).map(requests),
    ).toEqual([3, 2, 1, undefined])
  })

  it('one route for all sources of a policy', () => {
    const yaml = limit(1).replace(/sources: .*\n/, "sources: [{match: {kuma.io/service: web}}, {match: {kuma.io/service: api, v: '*'}}]\n")
    const [route] = inboundRoutes(yaml)
    expect(route.match.headers[0].safeRegexMatch.regex).toBe('(.*&kuma.io/service=[^&]*web[,&].*|.*&kuma.io/service=[^&]*api[,&].*&v=.*)')
  })

  it('timeouts of the inbound hold on each of these routes', () => {
    expect(inboundRoutes(limit(1)).map((r: { route: { timeout: string } }) => r.route.timeout)).toEqual(['15s', '15s'])
  })
})

describe('what clients limit', () => {
  it('only what leaves the mesh: inside, the filter stands by', () => {
    const { httpFilters, routeConfig } = lastFilter(translated(mesh + limit(1)), 'outbound:127.0.0.1:9001')
    expect(httpFilters[0].name).toBe(local)
    expect(routeConfig.virtualHosts[0].routes.map(requests)).toEqual([undefined])
  })
})

describe('what a RateLimit refuses', () => {
  it('no numbers, empty headers', () => {
    expect(refused(policy('RateLimit'))).toEqual(['conf: must have conf'])
    expect(refused(policy('RateLimit', { http: { onRateLimit: { headers: [{}] } } }))).toEqual([
      'conf.http.requests: requests must be set',
      'conf.http.interval: interval must be set',
      'conf.http.onRateLimit.header["0"]: key must be set',
      'conf.http.onRateLimit.header["0"]: value must be set',
    ])
  })
})

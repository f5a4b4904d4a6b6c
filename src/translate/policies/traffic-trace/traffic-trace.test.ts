import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, routeAll, shop, translated } from '../../../../test/translated.js'

const tracing = (type: string, conf: object) =>
  `tracing: ${JSON.stringify({ defaultBackend: 't', backends: [{ name: 't', type, conf }] })}\n`
const trace = (service = '*', name = 'all', conf = '') =>
  `---\ntype: TrafficTrace\nmesh: shop\nname: ${name}\nselectors: [{match: {kuma.io/service: '${service}'}}]\n${conf}`
const proxies = dataplane('web', { outbounds: ['orders'] }) + dataplane('orders') + routeAll
const zipkin = (url: string, more = {}) => translated(shop(tracing('zipkin', { url, ...more })) + proxies + trace())

describe('the collector', () => {
  it('is dialled at the address of the URL, IPv6 too', () => {
    const answer = zipkin('http://[fd00::9]:9411/api/v1/spans')
    const { clusters } = answer
    expect(clusters['tracing:t'].loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address.socketAddress).toEqual({
      address: 'fd00::9',
      portValue: 9411,
    })
    expect(clusters['tracing:t'].transportSocketMatches).toBeUndefined()
    const { provider } = lastFilter(answer, 'inbound:10.0.0.1:8080').tracing
    expect(provider.typedConfig).toMatchObject({ collectorHostname: '[fd00::9]:9411', collectorEndpoint: '/api/v1/spans' })
  })

  it('shares spans between client and server unless told otherwise', () => {
    const shared = (more: object) =>
      lastFilter(zipkin('http://z:1/', more), 'inbound:10.0.0.1:8080').tracing.provider.typedConfig.sharedSpanContext
    expect([shared({}), shared({ sharedSpanContext: false })]).toEqual([undefined, false])
  })
})

describe('which proxies trace', () => {
  it('those that the most specific policy selects, if its backend is there', () => {
    const mesh = shop(tracing('datadog', { address: '10.9.0.9', port: 8126 })) + proxies
    const traced = (yaml: string) => lastFilter(translated(mesh + yaml), 'inbound:10.0.0.1:8080').tracing !== undefined
    expect(traced(trace())).toBe(true)
    expect(traced(trace('orders'))).toBe(false)
    expect(traced(trace() + trace('web', 'web', 'conf: {backend: none}\n'))).toBe(false)
  })

  it('warns of a backend that is not there', () => {
    const { issues } = translated(shop() + proxies + trace())
    expect(issues.map(({ level, message }) => [level, message])).toEqual([
      ['warning', 'no backend is named, and the mesh has no default one: the backends in tracing of mesh "shop" are: none'],
    ])
  })
})

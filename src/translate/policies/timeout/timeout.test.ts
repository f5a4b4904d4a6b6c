import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, policy, refused, routeAll, shop, translated } from '../../../../test/translated.js'

const mesh = shop() + dataplane('web', { outbounds: ['orders', 'payments'] }) + dataplane('orders') + dataplane('payments')
const timeout = (requestTimeout: string, options = {}) =>
  policy('Timeout', { http: { requestTimeout } }, { name: `t-${requestTimeout}`, ...options })
const routeTimeout = (yaml: string, port = 9001) =>
  lastFilter(translated(yaml), `outbound:127.0.0.1:${port}`).routeConfig.virtualHosts[0].routes[0].route.timeout

describe('which Timeout holds', () => {
  it('the most specific pair of selectors, the newest among equals', () => {
    expect(routeTimeout(mesh + routeAll + timeout('1s') + timeout('2s'))).toBe('2s')
    expect(routeTimeout(mesh + routeAll + timeout('1s', { to: 'orders' }) + timeout('2s'))).toBe('1s')
    expect(routeTimeout(mesh + routeAll + timeout('1s', { to: 'orders' }) + timeout('2s', { from: 'web' }))).toBe('2s')
    const both = timeout('1s', { from: 'web', to: 'orders' }) + timeout('2s', { from: 'web' })
    expect([routeTimeout(mesh + routeAll + both), routeTimeout(mesh + routeAll + both, 9002)]).toEqual(['1s', '2s'])
  })

  it('none for another source, and none without a TrafficRoute', () => {
    expect(routeTimeout(mesh + routeAll + timeout('1s', { from: 'payments' }))).toBe('0s')
    expect(routeTimeout(mesh + timeout('1s'))).toBe('0s')
  })

  it('what it leaves open has no limit, also where an older section would say otherwise', () => {
    const grpc = mesh.replaceAll('"kuma.io/protocol":"http"', '"kuma.io/protocol":"grpc"')
    const hcm = (conf: object) =>
      lastFilter(translated(grpc + routeAll + policy('Timeout', conf)), 'outbound:127.0.0.1:9001').streamIdleTimeout
    expect(hcm({ http: { idleTimeout: '3s' } })).toBe('0s')
    expect(hcm({ grpc: { streamIdleTimeout: '4s' } })).toBe('4s')
    expect(hcm({ grpc: { streamIdleTimeout: '4s' }, http: { idleTimeout: '3s', streamIdleTimeout: '5s' } })).toBe('5s')
  })
})

describe('what a Timeout refuses', () => {
  it('sections that limit nothing, and zero', () => {
    expect(refused(policy('Timeout', { tcp: {}, http: { maxStreamDuration: '1s' }, grpc: { streamIdleTimeout: '0s' } }))).toEqual([
      'conf.tcp: at least one timeout in section has to be defined',
      'conf.http: at least one timeout in section has to be defined',
      'conf.grpc.streamIdleTimeout: has to be greater than 0 when defined',
    ])
    expect(refused(policy('Timeout'))).toEqual(['conf: has to be defined'])
  })
})

import { describe, expect, it } from 'vitest'
import { dataplane, policy, refused, routeAll, shop, translated } from '../../../../test/translated.js'

const mesh = (protocol: string) => shop() + dataplane('web', { outbounds: ['orders'] }) + dataplane('orders', { protocol }) + routeAll
const base = { interval: '10s', timeout: '2s', unhealthyThreshold: 3, healthyThreshold: 1 }
const checks = (conf: object, protocol = 'http') =>
  translated(mesh(protocol) + policy('HealthCheck', { ...base, ...conf })).clusters['orders'].healthChecks

describe('how instances are checked', () => {
  it('a connection attempt where nothing else is said', () => {
    expect(checks({})).toMatchObject([{ tcpHealthCheck: {}, interval: '10s', unhealthyThreshold: 3 }])
  })

  it('HTTP/2 only for services that speak it', () => {
    const codecs = ['http', 'http2', 'grpc', 'tcp'].map(
      (protocol) => checks({ http: { path: '/' } }, protocol)[0].httpHealthCheck.codecClientType,
    )
    expect(codecs).toEqual([undefined, 'HTTP2', undefined, undefined])
  })

  it('headers without a word on appending are appended', () => {
    const header = { header: { key: 'x-a', value: '1' } }
    const [check] = checks({ http: { path: '/', requestHeadersToAdd: [header, { ...header, append: false }] } })
    expect(check.httpHealthCheck.requestHeadersToAdd).toEqual([
      { header: { key: 'x-a', value: '1' } },
      { header: { key: 'x-a', value: '1' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
    ])
  })
})

describe('what a HealthCheck refuses', () => {
  it("what has to be there and isn't", () => {
    expect(refused(policy('HealthCheck', { interval: '0s', healthyThreshold: 1, initialJitter: '0s' }))).toEqual([
      'conf.interval: must have a positive value',
      'conf.timeout: must have a positive value',
      'conf.unhealthyThreshold: must have a positive value',
      'conf.initialJitter: must have a positive value',
    ])
    expect(refused(policy('HealthCheck'))).toEqual(['conf: has to be defined'])
  })

  it('bad HTTP checks, two kinds of checks at once', () => {
    const http = { expectedStatuses: [99, 200, 600], requestHeadersToAdd: [{}, { header: { value: 'x' } }] }
    expect(refused(policy('HealthCheck', { ...base, healthyPanicThreshold: 101, tcp: {}, http }))).toEqual([
      'conf.healthyPanicThreshold: must be in range [0.0 - 100.0]',
      'conf.http.path: has to be defined and cannot be empty',
      'conf.http.expectedStatuses[0]: must be in range [100, 600)',
      'conf.http.expectedStatuses[2]: must be in range [100, 600)',
      'conf.http.requestHeadersToAdd[0].header: has to be defined',
      'conf.http.requestHeadersToAdd[1].header.key: cannot be empty',
      'conf: http and tcp cannot be defined at the same time',
    ])
  })
})

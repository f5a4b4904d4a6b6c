import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, policy, refused, routeAll, shop, translated } from '../../../../test/translated.js'

const mesh = (protocol: string) =>
  shop() + dataplane('web', { outbounds: ['orders'] }) + dataplane('orders', { protocol }) + dataplane('search', { protocol })
const filter = (yaml: string) => lastFilter(translated(yaml), 'outbound:127.0.0.1:9001')
const retryPolicy = (yaml: string) => filter(yaml).routeConfig.virtualHosts[0].retryPolicy

describe('what is retried', () => {
  it('each protocol by its own section', () => {
    const conf = { http: { numRetries: 1 }, grpc: { numRetries: 2 }, tcp: { maxConnectAttempts: 3 } }
    const of = (protocol: string) => filter(mesh(protocol) + routeAll + policy('Retry', conf))
    expect(of('http').routeConfig.virtualHosts[0].retryPolicy.numRetries).toBe(1)
    expect(of('grpc').routeConfig.virtualHosts[0].retryPolicy.numRetries).toBe(2)
    expect(of('http2').routeConfig.virtualHosts[0].retryPolicy).toBeUndefined()
    expect(of('tcp').maxConnectAttempts).toBe(3)
  })

  it('connections once, where only requests are spoken of', () => {
    expect(filter(mesh('tcp') + routeAll + policy('Retry', { http: { numRetries: 1 } })).maxConnectAttempts).toBeUndefined()
  })

  it('not an outbound whose traffic all goes to another service', () => {
    const route = policy('TrafficRoute', { destination: { 'kuma.io/service': 'search' } }, { to: 'orders' })
    expect(retryPolicy(mesh('http') + route + policy('Retry', { http: { numRetries: 1 } }))).toBeUndefined()
  })

  it('status codes that are named among the conditions are named once', () => {
    const retryOn = (conf: object) => retryPolicy(mesh('http') + routeAll + policy('Retry', { http: conf })).retryOn
    expect(retryOn({ retriableStatusCodes: [503] })).toBe('gateway-error,connect-failure,refused-stream,retriable-status-codes')
    expect(retryOn({ retriableStatusCodes: [503], retryOn: ['retriable_status_codes', 'all_5xx'] })).toBe('retriable-status-codes,5xx')
  })
})

describe('what a Retry refuses', () => {
  it('no protocol, empty sections, zeros', () => {
    expect(refused(policy('Retry', {}))).toEqual(['conf: missing protocol [grpc|http|tcp] configuration'])
    expect(refused(policy('Retry', { http: {}, tcp: {}, grpc: { numRetries: 0, backOff: { maxInterval: '1s' } } }))).toEqual([
      'conf.http: field cannot be empty',
      'conf.grpc.numRetries: has to be greater than 0 when defined',
      'conf.grpc.backOff.baseInterval: has to be defined',
      'conf.tcp.maxConnectAttempts: has to be greater than 0',
    ])
  })

  it('conditions twice, conditions without what they need', () => {
    expect(refused(policy('Retry', { grpc: { retryOn: ['cancelled', 'internal', 'cancelled'] } }))).toEqual([
      'conf.grpc.retryOn: repeated value "cancelled" at indexes [0, 2]',
    ])
    expect(refused(policy('Retry', { http: { retryOn: ['reset', 'retriable_status_codes'], retriableMethods: ['NONE'] } }))).toEqual([
      'conf.http.retriableMethods[0]: field cannot be empty',
      'conf.http.retryOn[1]: retriableStatusCodes cannot be empty when this option is specified',
    ])
  })
})

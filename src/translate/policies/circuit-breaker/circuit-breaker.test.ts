import { describe, expect, it } from 'vitest'
import { dataplane, policy, refused, routeAll, shop, translated } from '../../../../test/translated.js'

const mesh = shop() + dataplane('web', { outbounds: ['orders'] }) + dataplane('orders') + dataplane('search')
const breaker = policy('CircuitBreaker', { thresholds: { maxConnections: 2 } })
const limits = (yaml: string) =>
  Object.fromEntries(
    Object.entries(translated(yaml).clusters).map(([name, cluster]) => [name, cluster.circuitBreakers.thresholds[0].maxConnections]),
  )

describe('which clusters a CircuitBreaker is about', () => {
  it('those of destinations, not the local ones', () => {
    expect(limits(mesh + routeAll + breaker)).toEqual({ orders: 2, 'localhost:8080': undefined })
  })

  it('not the service that only an L7 rule leads to', () => {
    const http = [{ match: { path: { prefix: '/s' } }, destination: { 'kuma.io/service': 'search' } }]
    const route = policy('TrafficRoute', { http, destination: { 'kuma.io/service': 'orders' } })
    expect(limits(mesh + route + breaker)).toMatchObject({ orders: 2, search: undefined })
  })

  it('none where a MeshHTTPRoute routes', () => {
    const route = `---
type: MeshHTTPRoute
mesh: shop
name: newer
spec:
  to:
  - targetRef: {kind: MeshService, name: orders}
    rules:
    - matches: [{path: {type: PathPrefix, value: /}}]
      default: {}
`
    expect(limits(mesh + routeAll + breaker + route)).toMatchObject({ orders: undefined })
  })
})

describe('what a CircuitBreaker refuses', () => {
  it('nothing to do, empty sections, percentages over 100', () => {
    expect(refused(policy('CircuitBreaker', { interval: '1s' }))).toEqual([
      'conf: must have at least one of the detector or threshold configured',
    ])
    expect(refused(policy('CircuitBreaker', { detectors: {}, thresholds: { maxRetries: 1 }, maxEjectionPercent: 101 }))).toEqual([
      "conf.detectors: can't be empty",
      'conf.maxEjectionPercent: has to be in [0.0 - 100.0] range',
    ])
    expect(refused(policy('CircuitBreaker', { detectors: { failure: { threshold: 200 } }, thresholds: {} }))).toEqual([
      'conf.detectors.failure.threshold: has to be in [0.0 - 100.0] range',
      "conf.thresholds: can't be empty",
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, policy, refused, shop, translated } from '../../../../test/translated.js'

const mesh = (protocol = 'http') =>
  shop() +
  dataplane('web', { outbounds: ['orders', 'search'] }) +
  dataplane('orders', { protocol, tags: { version: 'v1' } }) +
  dataplane('search', { protocol: 'tcp' })
const to = (service: string, more = {}) => ({ 'kuma.io/service': service, ...more })
const route = (conf: object, options = {}) => policy('TrafficRoute', conf, options)

describe('where an outbound leads', () => {
  it('nowhere, once there is a route in the mesh and none for it', () => {
    const { listeners, clusters } = translated(mesh() + route({ destination: to('*') }, { to: 'orders' }))
    expect(listeners['outbound:127.0.0.1:9002'].filterChains).toEqual([{}])
    expect(Object.keys(clusters)).toEqual(['localhost:8080', 'orders'])
  })

  it('by weight, entries of weight zero left out', () => {
    const split = [
      { weight: 0, destination: to('search') },
      { weight: 5, destination: to('orders', { version: 'v1' }) },
    ]
    const { clusters } = translated(mesh() + route({ split }, { to: 'orders' }))
    expect(Object.keys(clusters)).toEqual(['localhost:8080', 'orders-d1030500a406e60a'])
  })

  it('as TCP, where destinations have nothing more in common', () => {
    const split = [
      { weight: 1, destination: to('orders') },
      { weight: 1, destination: to('search') },
    ]
    expect(lastFilter(translated(mesh() + route({ split })), 'outbound:127.0.0.1:9001')).toMatchObject({
      weightedClusters: {
        clusters: [
          { name: 'orders', weight: 1 },
          { name: 'search', weight: 1 },
        ],
      },
    })
  })

  it('with the load balancer of the route that led there last', () => {
    const first = route({ destination: to('orders'), loadBalancer: { maglev: {} } }, { name: 'first', to: 'orders' })
    const second = route({ destination: to('orders'), loadBalancer: { random: {} } }, { name: 'second', to: 'search' })
    expect(translated(mesh() + first + second).clusters['orders'].lbPolicy).toBe('RANDOM')
  })
})

describe('what a TrafficRoute refuses', () => {
  it('no way at all, or two at once', () => {
    expect(refused(route({}))).toEqual(['conf: requires either "destination" or "split"'])
    expect(refused(route({ destination: to('a'), split: [{ weight: 1, destination: to('a') }] }))).toEqual([
      'conf: "split" cannot be defined at the same time as "destination"',
    ])
    expect(refused(route({ split: [{ weight: 0, destination: to('a') }] }))).toEqual([
      'conf.split: there must be at least one split entry with weight above 0',
    ])
  })
})

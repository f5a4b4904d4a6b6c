import { describe, expect, test } from 'vitest'
import { dataplane, policy, routeAll, shop, stored } from '../../test/translated.js'
import { rawCodec } from '../protojson/index.js'
import { type SimulatedRequest, createSimulator, simulate } from './index.js'

const mtls = 'mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}\n'
const web = dataplane('web', { address: '10.0.0.1', outbounds: ['orders', 'redis'], tags: { version: 'v1' } })
const orders = dataplane('orders', { address: '10.0.0.2', tags: { version: 'v1' } })
const redis = dataplane('redis', { address: '10.0.0.3', protocol: 'tcp' })
const mesh = (more = '') => shop(`${mtls}${web}${orders}${redis}${routeAll}${more}`)
const asked = (yaml: string, request: Partial<SimulatedRequest> = {}) =>
  simulate(stored(yaml), { from: 'web-1', to: 'orders', ...request }).outcomes
const anybody = policy('TrafficPermission')

describe('who may', () => {
  test('is told by the TrafficPermission that lets the caller in', () => {
    const [outcome] = asked(mesh(policy('TrafficPermission', undefined, { name: 'web-asks', from: 'web', to: 'orders' })))
    expect(outcome).toMatchObject({
      kind: 'delivered',
      probability: 1,
      hops: [{}, { permissions: [{ allowed: true, level: 'connection', by: ['web-asks'] }] }],
    })
  })

  test('nobody, where none does: HTTP callers see 503, others the end of the connection', () => {
    const yaml = mesh(policy('TrafficPermission', undefined, { name: 'redis-asks', from: 'redis' }))
    expect(asked(yaml)).toMatchObject([{ kind: 'denied', status: 503 }])
    const [bytes] = asked(yaml, { to: 'redis', protocol: 'tcp' })
    expect(bytes).toMatchObject({ kind: 'denied' })
    expect(bytes?.status).toBeUndefined()
  })

  test('MeshTrafficPermissions are named though Envoy does not know their names', () => {
    const deny = `---\ntype: MeshTrafficPermission\nmesh: shop\nname: not-web\nspec: {targetRef: {kind: Mesh}, from: [{targetRef: {kind: MeshSubset, tags: {version: v1}}, default: {action: Deny}}]}\n`
    expect(asked(mesh(anybody + deny))).toMatchObject([{ kind: 'denied', status: 403, reason: 'denied by not-web' }])
  })
})

describe('where it goes', () => {
  test('by weight, one outcome for each way', () => {
    const split = [
      { weight: 3, destination: { 'kuma.io/service': 'orders' } },
      { weight: 1, destination: { 'kuma.io/service': 'nobody' } },
    ]
    const outcomes = asked(mesh(anybody + policy('TrafficRoute', { split }, { name: 'split', to: 'orders' })))
    expect(outcomes).toMatchObject([
      { kind: 'delivered', probability: 0.75 },
      { kind: 'failed', probability: 0.25 },
    ])
  })

  test('by virtual address, host name and passthrough', () => {
    const transparent = ', transparentProxying: {redirectPortInbound: 15006, redirectPortOutbound: 15001}'
    const caller = dataplane('web', { address: '10.0.0.1', networking: transparent })
    const yaml = shop(`${caller}${orders}${routeAll}`)
    for (const to of ['orders', 'orders.mesh', 'orders.mesh:80'])
      expect(asked(yaml, { to }), to).toMatchObject([{ kind: 'delivered', arrives: { address: '10.0.0.2' } }])
    expect(asked(yaml, { to: '192.0.2.7:443' })).toMatchObject([{ kind: 'delivered', arrives: { address: '192.0.2.7', port: 443 } }])
  })

  test('through a builtin gateway', () => {
    const gateway = `---\ntype: Dataplane\nmesh: shop\nname: edge-1\nnetworking: {address: 10.0.0.9, gateway: {type: BUILTIN, tags: {kuma.io/service: edge}}}\n---\ntype: MeshGateway\nmesh: shop\nname: edge\nselectors: [{match: {kuma.io/service: edge}}]\nconf: {listeners: [{port: 8080, protocol: HTTP, hostname: shop.example}]}\n---\ntype: MeshGatewayRoute\nmesh: shop\nname: all\nselectors: [{match: {kuma.io/service: edge}}]\nconf: {http: {rules: [{matches: [{path: {match: PREFIX, value: /}}], backends: [{destination: {kuma.io/service: orders}}]}]}}\n`
    const request = { from: 'edge-1', to: '10.0.0.9:8080', host: 'shop.example' }
    expect(asked(mesh(anybody + gateway), request)).toMatchObject([{ kind: 'delivered', arrives: { address: '10.0.0.2' } }])
    expect(asked(mesh(anybody + gateway), { ...request, host: 'else.example' })).toMatchObject([{ kind: 'failed', status: 404 }])
  })
})

describe('what can not be told', () => {
  test('an unknown caller is an error that names the nearest', () => {
    expect(() => asked(mesh(), { from: 'wep-1' })).toThrow('there is no proxy or service "wep-1". Did you mean "web-1"?')
  })

  test('what the caller has no listener for fails, and says what it has', () => {
    expect(asked(mesh(), { to: 'order' })).toMatchObject([
      { kind: 'failed', reason: 'the proxy "web-1" has no listener for "order". Did you mean "orders"?' },
    ])
  })

  test('filters that are not simulated make an outcome that says so', () => {
    const lua = `type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua`
    const value = JSON.stringify(`name: lua\ntypedConfig: {'@type': ${lua}, inlineCode: 'x = 1'}`)
    const patch = `---\ntype: MeshProxyPatch\nmesh: shop\nname: lua\nspec: {targetRef: {kind: Mesh}, default: {appendModifications: [{httpFilter: {operation: AddFirst, match: {origin: outbound}, value: ${value}}}]}}\n`
    const { outcomes } = createSimulator(stored(mesh(anybody + patch)), { proxyOptions: () => ({ rawCodec }) }).simulate({
      from: 'web',
      to: 'orders',
    })
    expect(outcomes).toMatchObject([{ kind: 'unknown', reason: 'this is not simulated: the HTTP filter "lua"' }])
  })

  test('a regular expression that would take for ever does not', () => {
    const match = { path: { regex: '(a+)+(a+)+(a+)+$' } }
    const route = policy(
      'TrafficRoute',
      { http: [{ match, destination: { 'kuma.io/service': 'orders' } }], destination: { 'kuma.io/service': 'orders' } },
      { name: 'evil', to: 'orders' },
    )
    expect(asked(mesh(anybody + route), { path: `/${'a'.repeat(5000)}!` })).toMatchObject([
      { kind: 'delivered', hops: [{ route: { index: 1 } }, {}] },
    ])
  })
})

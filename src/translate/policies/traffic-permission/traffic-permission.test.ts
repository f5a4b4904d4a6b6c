import { describe, expect, it } from 'vitest'
import { dataplane, policy, refused, shop, translated } from '../../../../test/translated.js'

const mtls = (mode = 'STRICT') => `mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin, mode: ${mode}}]}\n`
const orders = (mode?: string) => shop(mtls(mode)) + dataplane('orders', { tags: { version: 'v1' } })
const allow = (name: string, options = {}) => policy('TrafficPermission', undefined, { name, ...options })
const chains = (yaml: string) => translated(yaml, 'orders-1').listeners['inbound:10.0.0.1:8080'].filterChains
const rules = (yaml: string) => chains(yaml).at(-1).filters[0].typedConfig.rules?.policies

describe('who may come in', () => {
  it('the sources of one permission, the one with the most specific destination', () => {
    const yaml =
      orders() + allow('all') + allow('v1', { from: 'web', to: { 'kuma.io/service': 'orders', version: 'v1' } }) + allow('newest')
    expect(rules(yaml)).toEqual({
      v1: { permissions: [{ any: true }], principals: [{ authenticated: { principalName: { exact: 'spiffe://shop/web' } } }] },
    })
    expect(rules(orders() + allow('all'))['all'].principals).toEqual([{ any: true }])
  })

  it('who has all the tags of a source on the certificate', () => {
    const [principal] = rules(orders() + allow('tags', { from: { 'kuma.io/service': 'web', team: 'a', zone: '*' } }))['tags'].principals
    expect(
      principal.andIds.ids.map((id: { authenticated: { principalName: { exact: string } } }) => id.authenticated.principalName.exact),
    ).toEqual(['kuma://team/a', 'spiffe://shop/web'])
  })

  it('anybody without mesh TLS in PERMISSIVE mode, and nobody is asked without mTLS', () => {
    const guarded = (yaml: string) =>
      chains(yaml).map(({ filters }: { filters: { name: string }[] }) => filters[0]?.name === 'envoy.filters.network.rbac')
    expect(guarded(orders('PERMISSIVE') + allow('all'))).toEqual([false, false, true])
    expect(guarded(orders().replace(mtls(), '') + allow('all'))).toEqual([false])
  })
})

describe('what a TrafficPermission refuses', () => {
  it('sides without selectors, selectors without tags', () => {
    expect(refused('type: TrafficPermission\nmesh: shop\nname: p\nsources: [{match: {}}]\n')).toEqual([
      'sources[0].match: must have at least one tag',
      'destinations: must have at least one element',
    ])
  })
})

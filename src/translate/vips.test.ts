import { describe, expect, it } from 'vitest'
import { dataplane, shop, stored } from '../../test/translated.js'
import { resourceLists } from './resource-lists.js'
import { type VipAddresses, vipAddress, vipOutbounds } from './vips.js'

function vips(yaml: string, known?: VipAddresses, handOut?: boolean) {
  const types = resourceLists(stored(shop() + yaml))
  const resourcesOf = (type: string) => (types.get(type) ?? []) as never
  return vipOutbounds({ zone: 'default', dataplanes: resourcesOf('Dataplane'), resourcesOf, known, handOut })
}
const outbounds = (yaml: string) =>
  vips(yaml).outbounds.map(({ address, port, tags }) => `${address}:${port} ${Object.values(tags).join()}`)
const external = (name: string, address: string, more = '') =>
  `---\ntype: ExternalService\nmesh: shop\nname: ${name}\ntags: {kuma.io/service: ${name}}\nnetworking: {address: '${address}'${more}}\n`
const virtual = (name: string, host: string, port: string, match: string) =>
  `---\ntype: VirtualOutbound\nmesh: shop\nname: ${name}\nselectors: [{match: {${match}}}]\n` +
  `conf: {host: '${host}', port: '${port}', parameters: [{name: s, tagKey: kuma.io/service}, {name: v, tagKey: version}]}\n`

describe('virtual addresses', () => {
  it('count through 240.0.0.0/4', () => {
    expect([0, 255, 256, 2 ** 24].map(vipAddress)).toEqual(['240.0.0.0', '240.0.0.255', '240.0.1.0', '241.0.0.0'])
  })

  it('are for services, then hosts, then names of virtual outbounds', () => {
    const yaml =
      dataplane('web', { tags: { version: 'v1' } }) +
      external('api', 'z.example.com:8443') +
      virtual('vo', '{{.v}}.{{.s}}.mesh', '81', "version: '*'")
    expect(outbounds(yaml)).toEqual([
      '240.0.0.0:8443 api',
      '240.0.0.0:80 api',
      '240.0.0.1:80 web',
      '240.0.0.2:8443 api',
      '240.0.0.2:80 api',
      '240.0.0.3:81 web,v1',
    ])
    expect(vips(yaml).domains.map(({ hostnames }) => hostnames.join())).toEqual(['api.mesh', 'web.mesh', 'z.example.com', 'v1.web.mesh'])
  })

  it('of hosts that are addresses are these addresses, without a name', () => {
    const { outbounds, domains, addresses } = vips(external('api', '192.0.2.1:443'))
    expect(outbounds.map(({ address, port }) => `${address}:${port}`)).toEqual(['240.0.0.0:443', '240.0.0.0:80', '192.0.2.1:443'])
    expect(domains).toHaveLength(1)
    expect([...addresses.keys()]).toEqual(['service:api'])
  })

  it('leave out what asks not to be there: ignored inbounds, proxies without a service port, disabled hosts', () => {
    const ignored = dataplane('web').replace('"port":8080', '"port":8080,"state":"Ignored"')
    const reserved = dataplane('job').replace('"port":8080', '"port":49151')
    expect(outbounds(ignored + reserved + external('api', 'z.example.com:80', ', disableHostDNSEntry: true'))).toEqual(['240.0.0.0:80 api'])
  })
})

describe('two that ask for the same name and port', () => {
  it('the more specific VirtualOutbound gets it, then the newest', () => {
    const web = dataplane('web', { tags: { version: 'v1' } })
    const wide = virtual('a', 'x.mesh', '80', "kuma.io/service: '*'")
    const tight = virtual('b', 'x.mesh', '80', "kuma.io/service: web, version: '*'").replace(', {name: v, tagKey: version}', '')
    expect(outbounds(web + wide + tight).at(-1)).toBe('240.0.0.1:80 web')
    expect(outbounds(web + tight + wide).at(-1)).toBe('240.0.0.1:80 web')
    expect(outbounds(web + wide + wide.replace('name: a', 'name: z').replace(', {name: v, tagKey: version}', '')).at(-1)).toBe(
      '240.0.0.1:80 web',
    )
  })

  it("instances whose tags don't fill the template have no part in it", () => {
    expect(outbounds(dataplane('web') + virtual('vo', '{{.v}}.mesh', '80', "kuma.io/service: '*'"))).toEqual(['240.0.0.0:80 web'])
  })
})

describe('addresses that were handed out', () => {
  it('stay with their names; new names get free ones', () => {
    const before = vips(dataplane('orders') + dataplane('web'))
    expect(Object.fromEntries(before.addresses)).toEqual({ 'service:orders': '240.0.0.0', 'service:web': '240.0.0.1' })
    const after = vips(dataplane('catalog') + dataplane('web') + dataplane('zoo'), before.addresses)
    expect(Object.fromEntries(after.addresses)).toEqual({
      'service:catalog': '240.0.0.2',
      'service:web': '240.0.0.1',
      'service:zoo': '240.0.0.3',
    })
  })

  it('are the only ones that are served where others hand them out, and others can see what there is to hand out', () => {
    const yaml = dataplane('orders') + dataplane('web') + external('api', 'z.example.com:8443') + external('ip', '192.0.2.1:80')
    const { outbounds, domains, addresses } = vips(yaml, new Map([['service:web', '240.0.0.7']]), false)
    expect(outbounds.map(({ address, port }) => `${address}:${port}`)).toEqual(['240.0.0.7:80', '192.0.2.1:80'])
    expect(domains).toEqual([{ address: '240.0.0.7', hostnames: ['web.mesh'] }])
    expect(Object.fromEntries(addresses)).toMatchObject({ 'service:orders': '240.0.0.2', 'service:web': '240.0.0.7' })
  })
})

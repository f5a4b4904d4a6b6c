import { describe, expect, it } from 'vitest'
import { dataplane, policy, routeAll, shop, stored } from '../../../test/translated.js'
import { placeholderIdentity, snapshotJson } from '../../protojson/index.js'
import { createFleet } from '../fleet.js'

const mtls = 'mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}\n'
const ingress = (more = '') => `---\ntype: ZoneIngress\nname: door\n${more}networking: {address: 10.0.9.1, port: 10001}\n`
const egress = (more = '') => `---\ntype: ZoneEgress\nname: exit\n${more}networking: {address: 10.0.9.2, port: 10002}\n`
const external = (name: string, protocol = 'http') =>
  `---\ntype: ExternalService\nmesh: shop\nname: ${name}\ntags: {kuma.io/service: ${name}, kuma.io/protocol: ${protocol}}\n` +
  `networking: {address: '${name}.example.com:443'}\n`
const remote = (service: string) =>
  '---\ntype: ZoneIngress\nname: far\nzone: far\n' +
  'networking: {address: 10.9.0.1, port: 10001, advertisedAddress: 192.0.2.9, advertisedPort: 10001}\n' +
  `availableServices: [{mesh: shop, instances: 1, tags: {kuma.io/service: ${service}, kuma.io/zone: far}}]\n`

/** Server names that a zone proxy takes, and where each leads. */
function doors(yaml: string, name: string) {
  const fleet = createFleet(stored(yaml))
  const { snapshot, issues } = fleet.translate({ name }, { identity: placeholderIdentity(['shop']) })
  const { listeners = {}, clusters = {} } = snapshotJson(snapshot)
  const chains = Object.values(listeners).flatMap((listener: any) => listener.filterChains ?? [])
  return {
    serverNames: chains.flatMap((chain: any) => chain.filterChainMatch?.serverNames ?? ['*']),
    filters: chains.map((chain: any) => chain.filters.map((filter: any) => filter.name.split('.').at(-1))),
    clusters: Object.keys(clusters),
    subsets: Object.values(clusters).map(
      (cluster: any) => cluster.lbSubsetConfig?.subsetSelectors?.map(({ keys }: { keys: string[] }) => keys) ?? [],
    ),
    issues: issues.map(({ code }) => code),
  }
}

describe('a zone ingress', () => {
  const versions =
    dataplane('web', { tags: { version: 'v1' } }) +
    dataplane('web', { tags: { version: 'v2' }, address: '10.0.0.2' }).replace('web-1', 'web-2')

  it('takes every service by its name while nothing routes by tags', () => {
    expect(doors(shop(mtls) + versions + ingress(), 'door')).toMatchObject({
      serverNames: ['web{mesh=shop}'],
      clusters: ['shop:web'],
      subsets: [[]],
    })
  })

  it('takes the subsets that routes lead to, each once', () => {
    const split = [1, 2].map((n) =>
      policy('TrafficRoute', { destination: { 'kuma.io/service': 'web', version: 'v2' } }, { name: `split-${n}`, to: 'web' }),
    )
    expect(doors(shop(mtls) + versions + routeAll + split.join('') + ingress(), 'door')).toMatchObject({
      serverNames: ['web{mesh=shop,version=v2}', 'web{mesh=shop}'],
      subsets: [[['version']]],
    })
  })

  it('does not tell endpoints apart by tags that all of them have', () => {
    const split = policy('TrafficRoute', { destination: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }, { to: 'web' })
    expect(doors(shop(mtls) + versions + split + ingress(), 'door').subsets).toEqual([[]])
  })

  it('takes subsets of virtual outbounds, service by service', () => {
    const virtual =
      '---\ntype: VirtualOutbound\nmesh: shop\nname: v\nselectors: [{match: {version: "*"}}]\n' +
      "conf: {host: '{{.v}}.mesh', port: '80', parameters: [{name: s, tagKey: kuma.io/service}, {name: v, tagKey: version}]}\n"
    expect(doors(shop(mtls) + versions + virtual + ingress(), 'door').serverNames).toEqual([
      'web{mesh=shop,version=v1}',
      'web{mesh=shop,version=v2}',
      'web{mesh=shop}',
    ])
  })

  it('passes nothing on to other zones', () => {
    expect(
      doors(shop(mtls) + dataplane('web') + remote('web') + remote('api').replace('far\nzone', 'far2\nzone') + ingress(), 'door')
        .serverNames,
    ).toEqual(['web{mesh=shop}'])
  })

  it('without anything behind it still listens', () => {
    expect(doors(shop(mtls) + ingress(), 'door')).toMatchObject({ clusters: [], issues: [] })
  })
})

describe('a zone egress', () => {
  const routed = shop(`${mtls}routing: {zoneEgress: true}\n`)

  it('leads to external services by what they speak and to other zones as it is', () => {
    const found = doors(routed + external('api') + external('db', 'tcp') + remote('web') + egress(), 'exit')
    expect(found.serverNames.sort()).toEqual(['api{mesh=shop}', 'db{mesh=shop}', 'web{mesh=shop}'])
    expect(found.filters.map((names) => names.at(-1)).sort()).toEqual(['http_connection_manager', 'tcp_proxy', 'tcp_proxy'])
  })

  it('lets nobody through to external services without a permission', () => {
    const rules = (yaml: string) => {
      const { snapshot } = createFleet(stored(yaml)).translate({ name: 'exit' }, { identity: placeholderIdentity(['shop']) })
      const [listener] = Object.values(snapshotJson(snapshot).listeners ?? {}) as any[]
      const filters = listener.filterChains[0].filters.flatMap((filter: any) => [filter, ...(filter.typedConfig.httpFilters ?? [])])
      return filters.filter(({ name }: any) => name.endsWith('.rbac')).map(({ typedConfig }: any) => typedConfig.rules)
    }
    const mesh = routed + external('api') + egress()
    expect(rules(mesh)).toEqual([{}])
    expect(rules(mesh + policy('TrafficPermission', undefined, { name: 'p' })).map((r: any) => Object.keys(r.policies))).toEqual([['p']])
  })

  it('knows services of meshes with mTLS only', () => {
    expect(doors(shop() + external('api') + egress(), 'exit')).toMatchObject({ serverNames: [], clusters: [], issues: [] })
  })
})

describe('zone proxies of a fleet', () => {
  const yaml = shop(mtls) + dataplane('web') + ingress() + egress() + remote('api')

  it('are those of its zone, by name alone', () => {
    const fleet = createFleet(stored(yaml))
    expect(fleet.proxies()).toEqual([
      { name: 'door', type: 'ZoneIngress' },
      { name: 'exit', type: 'ZoneEgress' },
      { mesh: 'shop', name: 'web-1' },
    ])
    expect([fleet.has({ name: 'door' }), fleet.has({ name: 'far' }), fleet.has({ name: 'door', type: 'ZoneEgress' })]).toEqual([
      true,
      false,
      false,
    ])
    expect(() => fleet.translate({ name: 'far' })).toThrow(/no ZoneIngress or ZoneEgress "far"/)
  })

  it('of the same name are told apart by type', () => {
    const fleet = createFleet(stored(yaml.replace('name: exit', 'name: door') + external('api')))
    const port = (type: string) => Object.keys(snapshotJson(fleet.translate({ name: 'door', type }).snapshot).listeners ?? {})
    expect([port('ZoneIngress'), port('ZoneEgress')]).toEqual([['inbound:10.0.9.1:10001'], ['inbound:10.0.9.2:10002']])
  })

  it('change with every mesh that they look at; the proxies of other meshes do not', () => {
    const office = `---\n${shop()}${dataplane('mail')}`.replaceAll('shop', 'office')
    const fleet = createFleet(stored(yaml + office))
    for (const proxy of fleet.proxies()) fleet.translate(proxy)
    const { touched } = fleet.apply([{ op: 'delete', key: { type: 'Dataplane', mesh: 'office', name: 'mail-1' } }])
    expect(touched.map(({ name }) => name)).toEqual(['door'])
  })
})

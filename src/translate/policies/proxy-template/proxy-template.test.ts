import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, refused, routeAll, shop, translated } from '../../../../test/translated.js'

const mesh =
  shop() + dataplane('web', { outbounds: ['orders', 'redis'] }) + dataplane('orders') + dataplane('redis', { protocol: 'tcp' }) + routeAll
const template = (conf: object, more = '') => `---\ntype: ProxyTemplate\nmesh: shop\nname: pt\n${more}conf: ${JSON.stringify(conf)}\n`
const change = (...modifications: object[]) => template({ imports: ['default-proxy'], modifications })
const changed = (...modifications: object[]) => translated(mesh + change(...modifications))
const orders = 'outbound:127.0.0.1:9001'

describe('which template is used', () => {
  it('the most specific one alone; one without selectors is for all', () => {
    const timeout = (seconds: number, name: string, selectors = '') =>
      change({ cluster: { operation: 'patch', value: `connectTimeout: ${seconds}s` } }).replace('name: pt\n', `name: ${name}\n${selectors}`)
    const all = timeout(1, 'all')
    const web = timeout(2, 'web', 'selectors: [{match: {kuma.io/service: web}}]\n')
    expect(translated(mesh + all).clusters['orders'].connectTimeout).toBe('1s')
    expect(translated(mesh + web + all).clusters['orders'].connectTimeout).toBe('2s')
    expect(translated(mesh + web + all, 'orders-1').clusters['localhost:8080'].connectTimeout).toBe('1s')
  })
})

describe('modifications', () => {
  it('of resources mean those of a name, an origin, some tags', () => {
    const names = (match: object) =>
      Object.values(changed({ listener: { operation: 'patch', match, value: 'perConnectionBufferLimitBytes: 1' } }).listeners)
        .filter((listener) => listener.perConnectionBufferLimitBytes)
        .map((listener) => listener.name)
    expect(names({})).toHaveLength(3)
    expect(names({ name: orders })).toEqual([orders])
    expect(names({ origin: 'inbound' })).toEqual(['inbound:10.0.0.1:8080'])
    expect(names({ tags: { 'kuma.io/service': 'redis' } })).toEqual(['outbound:127.0.0.1:9002'])
    expect(names({ origin: 'inbound', name: orders })).toEqual([])
  })

  it('of filters go before, after, first, last, in place or away', () => {
    const value = 'name: x\ntypedConfig: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, maxRequestBytes: 1}'
    const filters = (operation: string, name?: string) =>
      lastFilter(changed({ httpFilter: { operation, match: { origin: 'outbound', name }, value } }), orders).httpFilters?.map(
        (f: { name: string }) => f.name,
      )
    const router = 'envoy.filters.http.router'
    expect(filters('addFirst')).toEqual(['x', router])
    expect(filters('addLast')).toEqual([router, 'x'])
    expect(filters('addBefore', router)).toEqual(['x', router])
    expect(filters('addAfter', router)).toEqual([router, 'x'])
    expect(filters('addAfter', 'nobody')).toEqual([router])
    expect(filters('remove', router)).toBeUndefined()
    expect(filters('remove')).toBeUndefined()
  })

  it('see what those before them did', () => {
    const add = 'name: new\ntype: STATIC\nconnectTimeout: 1s'
    const { clusters } = changed(
      { cluster: { operation: 'add', value: add } },
      { cluster: { operation: 'patch', match: { name: 'new' }, value: 'connectTimeout: 2s' } },
    )
    expect(clusters['new'].connectTimeout).toBe('2s')
    const [first, second] = ['one', 'two'].map((name) => ({
      virtualHost: { operation: 'add', match: { routeConfigurationName: 'outbound:orders' }, value: `{name: ${name}, domains: [${name}]}` },
    }))
    const remove = { virtualHost: { operation: 'remove', match: { name: 'one' } } }
    const hosts = lastFilter(changed(first ?? {}, second ?? {}, remove), orders).routeConfig.virtualHosts.map(
      (host: { name: string }) => host.name,
    )
    expect(hosts).toEqual(['orders', 'two'])
  })

  it('that take an EDS cluster away take its endpoints with them', () => {
    const { clusters, endpoints } = changed({ cluster: { operation: 'remove', match: { name: 'orders' } } })
    expect([Object.keys(clusters), Object.keys(endpoints)]).toEqual([['localhost:8080', 'redis'], ['redis']])
  })

  it("that can't be made are reported with their place, the others are made", () => {
    const bad = [
      {
        networkFilter: {
          operation: 'patch',
          match: { name: 'envoy.filters.network.tcp_proxy' },
          value: 'name: x\ntypedConfig: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}',
        },
      },
      { cluster: { operation: 'patch', value: 'nome: x' } },
      { cluster: { operation: 'patch', value: 'connectTimeout: 9s' } },
    ]
    const { clusters, issues } = changed(...bad)
    expect(clusters['orders'].connectTimeout).toBe('9s')
    expect(issues.map(({ level, code, path, message }) => [level, code, path, message])).toEqual([
      [
        'error',
        'bad-modification',
        'conf.modifications[0].networkFilter.value',
        'a envoy.extensions.filters.http.router.v3.Router can not be merged into a envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      ],
      [
        'warning',
        'unknown-field',
        'conf.modifications[1].cluster.value',
        expect.stringContaining('has no such field; did you mean "name"?; it is left out'),
      ],
    ])
  })

  it('need somebody who reads raw configuration', () => {
    const { clusters, issues } = translated(mesh + change({ cluster: { operation: 'patch', value: 'connectTimeout: 9s' } }), 'web-1', {
      rawCodec: undefined,
    })
    expect(clusters['orders'].connectTimeout).toBe('5s')
    expect(issues.map(({ path, message }) => [path, message])).toEqual([
      ['conf.modifications[0].cluster', 'raw Envoy configuration needs the translation option rawCodec'],
    ])
  })
})

describe('raw resources', () => {
  const raw = (type: string, body: string) => ({
    name: 'r',
    version: 'v1',
    resource: `"@type": type.googleapis.com/envoy.config.${type}\n${body}`,
  })
  it('of every type take the place of generated ones', () => {
    const resources = [
      raw('cluster.v3.Cluster', 'name: orders\ntype: STATIC\nconnectTimeout: 1s'),
      raw('endpoint.v3.ClusterLoadAssignment', 'clusterName: redis'),
    ]
    const { clusters, endpoints } = translated(mesh + template({ imports: ['default-proxy'], resources }))
    expect([clusters['orders'].type, endpoints]).toEqual(['STATIC', { redis: { clusterName: 'redis' } }])
  })
})

describe('what a ProxyTemplate refuses', () => {
  it('unknown profiles and operations, resources that are none', () => {
    const resources = [{ resource: 'name: x' }, { name: 'a', version: 'b' }]
    const conf = {
      imports: ['', 'mine'],
      resources,
      modifications: [{ cluster: { operation: 'merge' } }, { httpFilter: { operation: 'addAfter', value: 'name: x' } }],
    }
    expect(refused(template(conf))).toEqual([
      'conf.imports[0]: cannot be empty',
      'conf.imports[1]: profile not found. Available profiles: default-proxy,egress-proxy,gateway-proxy,ingress-proxy',
      'conf.resources[0].name: cannot be empty',
      'conf.resources[0].version: cannot be empty',
      expect.stringContaining('conf.resources[0].resource: native Envoy resource is not valid: @type'),
      'conf.resources[1].resource: cannot be empty',
      'conf.modifications[0].cluster.operation: invalid operation. Available operations: "add", "patch", "remove"',
      'conf.modifications[1].httpFilter.match.name: cannot be empty. You need to pick a filter after which this one will be added',
    ])
  })
})

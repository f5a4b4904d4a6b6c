import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, refused, shop, translated } from '../../../../test/translated.js'

const mesh = shop() + dataplane('web', { outbounds: ['orders'] }) + dataplane('orders')
const policy = (name: string, appendModifications: readonly object[], targetRef?: object) =>
  `---\ntype: MeshProxyPatch\nmesh: shop\nname: ${name}\nspec: ${JSON.stringify({ targetRef, default: { appendModifications } })}\n`
const changed = (...modifications: object[]) => translated(mesh + policy('p', modifications))
const faults = (...modifications: object[]) => refused(policy('p', modifications))
const at = 'spec.default.appendModifications'
const timeout = (value: string, match?: object) => ({ cluster: { operation: 'Patch', match, value: `connectTimeout: ${value}` } })

describe('several policies', () => {
  it('are worked off one after the other, the most specific last, whatever their names', () => {
    const own = policy('a', [timeout('2s', { name: 'orders' })], { kind: 'Dataplane', name: 'web-1' })
    const all = policy('b', [timeout('1s')])
    expect(translated(mesh + own + all).clusters['orders'].connectTimeout).toBe('2s')
    expect(translated(mesh + own + all).clusters['localhost:8080'].connectTimeout).toBe('1s')
    expect(translated(mesh + own + all, 'orders-1').clusters['localhost:8080'].connectTimeout).toBe('1s')
  })

  it('name the place of what they cannot do, and the rest is done', () => {
    const broken = { cluster: { operation: 'Patch', jsonPatches: [{ op: 'replace', path: '/nobody/here', value: 1 }] } }
    const { clusters, issues } = translated(mesh + policy('b', [timeout('1s')]) + policy('a', [timeout('3s'), broken, timeout('2s')]))
    expect(clusters['orders'].connectTimeout).toBe('2s')
    expect(issues.map(({ path, message, resource }) => [resource?.name, path, message])).toEqual([
      ['a', `${at}[1].cluster`, 'jsonPatches[0]: there is nothing at /nobody/here to replace'],
    ])
  })

  it('find the endpoints of a cluster that an earlier one removed and a later one adds again', () => {
    const eds = 'name: orders\ntype: EDS\nconnectTimeout: 1s\nedsClusterConfig: {edsConfig: {ads: {}, resourceApiVersion: V3}}'
    const remove = policy('a', [{ cluster: { operation: 'Remove', match: { name: 'orders' } } }])
    const add = policy('b', [{ cluster: { operation: 'Add', value: eds } }], { kind: 'Dataplane', name: 'web-1' })
    expect(Object.keys(translated(mesh + remove).endpoints)).toEqual([])
    expect(Object.keys(translated(mesh + remove + add).endpoints)).toEqual(['orders'])
  })
})

describe('a match', () => {
  it('hears who added a listener, and a cluster', () => {
    const listener = { operation: 'Add', value: 'name: l\naddress: {socketAddress: {address: 127.0.0.1, portValue: 1}}' }
    const patch = (origin: string) => ({ listener: { operation: 'Patch', match: { origin }, value: `statPrefix: ${origin}` } })
    const prefix = (origin: string) => changed({ listener }, patch(origin)).listeners['l'].statPrefix
    expect([prefix('mesh-proxy-patch'), prefix('proxy-template-modifications')]).toEqual(['mesh-proxy-patch', undefined])
    const cluster = { operation: 'Add', value: 'name: c\ntype: STATIC' }
    const { clusters } = changed({ cluster }, timeout('7s', { origin: 'proxy-template-modifications' }))
    expect(clusters['c'].connectTimeout).toBe('7s')
  })

  it('of an empty name means nothing; one that is left out means all', () => {
    const names = (match?: object) =>
      Object.values(changed(timeout('7s', match)).clusters).filter(({ connectTimeout }) => connectTimeout === '7s').length
    expect([names({ name: '' }), names({ origin: '' }), names({}), names()]).toEqual([0, 0, 2, 2])
  })

  it('of a virtual host is looked for in its routes and its listener', () => {
    const host = (match: object) => changed({ virtualHost: { operation: 'Patch', match, value: 'includeRequestAttemptCount: true' } })
    const counted = (match: object) =>
      lastFilter(host(match), 'outbound:127.0.0.1:9001').routeConfig.virtualHosts[0].includeRequestAttemptCount ?? false
    expect(counted({ routeConfigurationName: 'outbound:orders', name: 'orders', origin: 'outbound' })).toBe(true)
    expect([{ routeConfigurationName: 'x' }, { name: 'x' }, { origin: 'inbound' }].map(counted)).toEqual([false, false, false])
  })
})

describe('ProxyTemplate', () => {
  const template = (conf: object) => `---\ntype: ProxyTemplate\nmesh: shop\nname: pt\nconf: ${JSON.stringify(conf)}\n`
  it('changes what MeshProxyPatch leaves, or replaces it with all that is generated', () => {
    const modifications = [{ cluster: { operation: 'patch', value: 'connectTimeout: 9s' } }]
    const all = mesh + policy('p', [timeout('1s'), { cluster: { operation: 'Add', value: 'name: c\ntype: STATIC' } }])
    const { clusters } = translated(all + template({ imports: ['default-proxy'], modifications }))
    expect([clusters['orders'].connectTimeout, clusters['c'].connectTimeout]).toEqual(['9s', '9s'])
    expect(translated(all + template({ modifications })).clusters).toEqual({})
  })
})

describe('what a MeshProxyPatch refuses', () => {
  it('values where there must be none, and none where there must be one', () => {
    const value = 'name: x'
    expect(
      faults(
        {},
        { cluster: { operation: 'Remove', value } },
        { listener: { operation: 'Add', match: { name: 'l' } } },
        { virtualHost: { operation: 'Add', match: { name: 'v', origin: 'outbound' }, value: 'name: v\ndomains: [v]' } },
        { httpFilter: { operation: 'AddAfter', value } },
        { networkFilter: { operation: 'Patch', match: { name: 'f' } } },
        { cluster: { operation: 'Patch', value: 'connectTimeout: soon' } },
      ),
    ).toEqual([
      `${at}[0]: exactly one modification can be defined at a time. Currently, 0 modifications are defined`,
      `${at}[1].cluster.value: must not be defined`,
      `${at}[2].listener.match: must not be defined`,
      `${at}[2].listener.value: must be defined`,
      `${at}[3].virtualHost.match.name: must not be defined`,
      `${at}[4].httpFilter.match.name: must be defined. You need to pick a filter after which this one will be added`,
      `${at}[5].networkFilter: networkFilter must have exactly one defined: value, jsonPatches`,
      expect.stringContaining(`${at}[6].cluster.value: native Envoy resource is not valid: connectTimeout`),
    ])
  })

  it('operations that a target does not have, a virtual host without a match', () => {
    expect(faults({ cluster: { operation: 'AddFirst' } }, { virtualHost: { operation: 'Remove' } })).toEqual([
      `${at}[0].cluster.operation: in body should be one of [Add Remove Patch]`,
      `${at}[1].virtualHost.match: in body is required`,
    ])
  })

  it('steps of a JSON patch without what they need or with what they do not', () => {
    const jsonPatches = [
      { op: 'add', path: '/a' },
      { op: 'replace', path: '/a', value: 1, from: '/b' },
      { op: 'copy', path: '/a', value: 1 },
      { op: 'remove', path: '/' },
      { op: 'add', path: '/a', value: null },
    ]
    const place = `${at}[0].listener.jsonPatches`
    expect(faults({ listener: { operation: 'Patch', jsonPatches } })).toEqual([
      `${place}[0].value: "value" must not be empty when "op" is one of ["add", "replace"]`,
      `${place}[1].from: "from" is allowed only when "op" is one of ["move", "copy"]`,
      `${place}[2].from: "from" must not be empty when "op" is one of ["move", "copy"]`,
      `${place}[2].value: "value" is allowed only when "op" is one of ["add", "replace"]`,
      `${place}[3].path: root path cannot be removed`,
    ])
  })

  it('a gateway as its target where an owner of a workload wrote it', () => {
    const ref = policy('p', [timeout('1s')], { kind: 'MeshGateway', name: 'edge' })
    const owners = ref.replace('name: p\n', 'name: p\nlabels: {kuma.io/policy-role: workload-owner}\n')
    expect(refused(ref)).toEqual([])
    expect(refused(owners)).toEqual(["spec.targetRef.kind: value 'MeshGateway' is not supported"])
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Kumactl, shopMesh, shopPolicy, shopProxy, startKumactl } from '../kumactl.js'

const resources = [
  shopMesh,
  shopProxy('web', { tags: { version: 'v1' }, dials: ['orders'] }),
  shopProxy('orders', { address: '10.0.0.2' }),
  shopPolicy('MeshTimeout', 'all', { connectionTimeout: '2s' }),
  shopPolicy('MeshRetry', 'v2', { http: { numRetries: 3 } }, { kind: 'MeshSubset', tags: { version: 'v2' } }),
]

let kumactl: Kumactl
let file: string

beforeAll(async () => {
  kumactl = await startKumactl(resources)
  file = kumactl.file('mesh', resources)
})
afterAll(() => kumactl.stop())

const field = 'clusters["orders"].connectTimeout'

describe.each([
  ['files', () => ['-f', file]],
  ['a control plane', () => []],
])('from %s', (_, source) => {
  test('explain tells where a field comes from', async () => {
    const { out, status } = await kumactl.run('explain', field, '--dataplane', 'web-1', ...source())
    expect(status).toBe(0)
    expect(out).toContain(`${field} = 2s\n`)
    expect(out).toMatch(/^value +MeshTimeout all +spec\.to\[0\]\.default\.connectionTimeout +to any: 1 of 1/m)
    expect(out).toMatch(/^overrode +5s +default$/m)
  })

  test('why-not tells what was compared', async () => {
    expect(await kumactl.run('why-not', 'MeshRetry', 'v2', 'web-1', ...source())).toEqual({
      out: 'MeshRetry v2 does not select web-1\n  targetRef MeshSubset version=v2; inbound 8080 has version=v1\n  at spec.targetRef.tags\n',
      err: '',
      status: 2,
    })
  })
})

test('explain shows a whole cluster, and a policy on all proxies; -o json gives what the library gives', async () => {
  const cluster = await kumactl.run('explain', '--cluster', 'orders', '--dataplane', 'web-1', '-f', file)
  expect(cluster.out).toMatch(/^clusters\["orders"\]\.connectTimeout +2s +MeshTimeout all +spec/m)
  const policy = await kumactl.run('explain', '--policy', 'meshtimeout/all', '-f', file)
  expect(policy.out).toMatch(/^web-1 +sets +clusters\["orders"\]\.connectTimeout +2s +spec\.to\[0\]\.default\.connectionTimeout +5s$/m)
  const json = JSON.parse((await kumactl.run('explain', '--policy', 'MeshTimeout/all', '-f', file, '-o', 'json')).out)
  expect(json.map(({ proxy }: { proxy: { name: string } }) => proxy.name)).toEqual(['orders-1', 'web-1'])
  const verdict = JSON.parse((await kumactl.run('why-not', 'meshtimeout', 'all', 'web-1', '-f', file, '-o', 'json')).out)
  expect(verdict).toMatchObject({ verdict: 'applies', proxy: { mesh: 'shop', name: 'web-1' } })
})

test.each<[string, string[]]>([
  [
    `the proxy has no field clusters["order"].conectTimeout; the nearest is ${field}`,
    ['explain', 'clusters["order"].conectTimeout', '--dataplane', 'web-1'],
  ],
  ['there is no proxy "web-2" in mesh "shop"; there is: orders-1, web-1', ['explain', field, '--dataplane', 'web-2']],
  ['name the proxy with --dataplane', ['explain', field]],
  ['name one of: a field, --listener, --route, --cluster, --policy', ['explain', '--dataplane', 'web-1']],
  ['there is no MeshTimeout "some" in mesh "shop"', ['explain', '--policy', 'MeshTimeout/some']],
  ['--policy MeshTimeout: expected <type>/<name>', ['explain', '--policy', 'MeshTimeout']],
  ['unknown output format "xml": expected table or json', ['explain', field, '-o', 'xml']],
  ['there is no MeshTimeout "some" in mesh "shop"; there is: all', ['why-not', 'MeshTimeout', 'some', 'web-1']],
  ['Dataplane is no policy', ['why-not', 'dataplane', 'web-1', 'web-1']],
])('refuses with: %s', async (message, args) => {
  expect(await kumactl.run(...args, '-f', file)).toEqual({ out: '', err: message, status: 1 })
})

test('shows what is wrong with the input', async () => {
  const bad = kumactl.file('bad', [shopPolicy('MeshTimeout', 't', { connectionTimeout: 'soon' })])
  const { err, status } = await kumactl.run('explain', field, '--dataplane', 'web-1', '-f', file, bad)
  expect(status).toBe(1)
  expect(err).toContain('connectionTimeout')
  expect(err).toContain('1 resource(s) would be refused')
})

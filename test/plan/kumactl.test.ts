import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Kumactl, shopMesh, shopPolicy, shopProxy, startKumactl } from '../kumactl.js'

const timeout = (requestTimeout: string) => shopPolicy('MeshTimeout', 'all', { http: { requestTimeout } })
const proxies = [shopProxy('web', { dials: ['orders'] }), shopProxy('orders', { address: '10.0.0.2' })]
const before = [shopMesh, ...proxies, timeout('2s')]

let kumactl: Kumactl

beforeAll(async () => void (kumactl = await startKumactl(before)))
afterAll(() => kumactl.stop())

describe('kumactl plan', () => {
  test('between files: proxies, meaning, and the status that CI asks for', async () => {
    const files = ['-f', kumactl.file('before', before), '-f', kumactl.file('after', [shopMesh, ...proxies, timeout('3s')])]
    const { status, out } = await kumactl.run('plan', ...files)
    expect(out).toContain('~ outbound:127.0.0.1:9001: prefix /: to orders; timeout 2 s -> to orders; timeout 3 s')
    expect(out).toContain('1 of 2 proxies change: drains')
    expect(status).toBe(0)
    expect((await kumactl.run('plan', '--fail-on', 'drains', ...files)).status).toBe(2)
    expect((await kumactl.run('plan', '--fields', ...files)).out).toMatch(/route\.timeout\.seconds: 2 -> 3/)
  })

  test('against a control plane: what is applied, and nothing else', async () => {
    const { status, out } = await kumactl.run('plan', '-o', 'json', '-f', kumactl.file('applied', [timeout('5s')]))
    const plan = JSON.parse(out)
    expect(plan.resources).toMatchObject([{ op: 'update', key: { type: 'MeshTimeout', name: 'all' } }])
    expect(plan).toMatchObject({ impact: 'drains', unchanged: 1, proxies: [{ proxy: { name: 'web-1' } }] })
    expect(status).toBe(0)
    expect((await kumactl.run('plan', '-f', kumactl.file('same', before))).out).toContain('0 of 2 proxies change: no-op')
  })

  test('resources that are not valid are told, and nothing is planned', async () => {
    const { status, out, err } = await kumactl.run('plan', '-f', kumactl.file('invalid', [timeout('soon')]))
    expect([status, out]).toEqual([1, ''])
    expect(err).toContain('requestTimeout')
  })
})

describe('kumactl simulate', () => {
  test('tells the way of a request, from files and from a control plane', async () => {
    for (const source of [['-f', kumactl.file('before', before)], []]) {
      const { status, out } = await kumactl.run('simulate', '--from', 'web', '--to', 'orders', '--path', '/a', '-H', 'x-user: t', ...source)
      expect(out).toContain('100 % delivered: 10.0.0.2:8080 gets it: GET /a of orders')
      expect(out).toMatch(/web-1 +outbound:127.0.0.1:9001 +- +prefix \/; timeout 2 s +orders 10.0.0.2:8080/)
      expect(status).toBe(0)
    }
  })

  test('status 2 when it does not arrive, 1 when nobody could be asked', async () => {
    const files = ['-f', kumactl.file('before', before)]
    expect(await kumactl.run('simulate', '--from', 'orders', '--to', 'web', ...files)).toMatchObject({ status: 2 })
    expect(await kumactl.run('simulate', '--from', 'wep', '--to', 'orders', ...files)).toMatchObject({
      status: 1,
      err: 'there is no proxy or service "wep". Did you mean "web"?',
    })
    const { out } = await kumactl.run('simulate', '-o', 'json', '--from', 'web', '--to', 'orders', ...files)
    expect(JSON.parse(out)).toMatchObject({ outcomes: [{ kind: 'delivered', probability: 1 }] })
  })
})

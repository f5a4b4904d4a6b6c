import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CliFailure, ExitStatus } from '../../src/cmd/kumactl/failure.js'
import { kumactlProgram } from '../../src/cmd/kumactl/program.js'
import { registry } from '../../src/translate/kinds.js'
import { ControlPlane } from '../api/control-plane.js'

const dataplane = (name: string, address: string, outbound: object[] = []) => ({
  type: 'Dataplane',
  mesh: 'shop',
  name: `${name}-1`,
  networking: { address, inbound: [{ port: 8080, tags: { 'kuma.io/service': name, 'kuma.io/protocol': 'http' } }], outbound },
})
const timeout = (requestTimeout: string) => ({
  type: 'MeshTimeout',
  mesh: 'shop',
  name: 'all',
  spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout } } }] },
})
const mesh = { type: 'Mesh', name: 'shop', skipCreatingInitialPolicies: ['*'] }
const proxies = [dataplane('web', '10.0.0.1', [{ port: 9001, tags: { 'kuma.io/service': 'orders' } }]), dataplane('orders', '10.0.0.2')]
const before = [mesh, ...proxies, timeout('2s')]

let folder: string
let config: string
const controlPlane = new ControlPlane()
const file = (name: string, resources: readonly object[]) => {
  const path = join(folder, `${name}.yaml`)
  writeFileSync(path, resources.map((resource) => JSON.stringify(resource)).join('\n---\n'))
  return path
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kumactl-plan-'))
  for (const resource of before) await controlPlane.apply(resource)
  const url = await controlPlane.app.listen({ host: '127.0.0.1', port: 0 })
  config = join(folder, 'config')
  const controlPlanes = [{ name: 'cp', coordinates: { apiServer: { url } } }]
  writeFileSync(config, JSON.stringify({ controlPlanes, contexts: [{ name: 'cp', controlPlane: 'cp' }], currentContext: 'cp' }))
})

afterAll(async () => {
  await controlPlane.app.close()
  rmSync(folder, { recursive: true, force: true })
})

async function kumactl(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    readStdin: async () => '',
    now: () => new Date('2030-01-01T00:00:00Z'),
    registry,
  }
  try {
    await kumactlProgram(terminal, '0').parseAsync(['--config-file', config, '--mesh', 'shop', ...args], { from: 'user' })
    return { status: 0, out, err }
  } catch (error) {
    if (error instanceof ExitStatus) return { status: error.status, out, err }
    if (error instanceof CliFailure) return { status: 1, out, err: `${err}${error.message}` }
    throw error
  }
}

describe('kumactl plan', () => {
  test('between files: proxies, meaning, and the status that CI asks for', async () => {
    const files = ['-f', file('before', before), '-f', file('after', [mesh, ...proxies, timeout('3s')])]
    const { status, out } = await kumactl('plan', ...files)
    expect(out).toContain('~ outbound:127.0.0.1:9001: prefix /: to orders; timeout 2 s -> to orders; timeout 3 s')
    expect(out).toContain('1 of 2 proxies change: drains')
    expect(status).toBe(0)
    expect((await kumactl('plan', '--fail-on', 'drains', ...files)).status).toBe(2)
    expect((await kumactl('plan', '--fields', ...files)).out).toMatch(/route\.timeout\.seconds: 2 -> 3/)
  })

  test('against a control plane: what is applied, and nothing else', async () => {
    const { status, out } = await kumactl('plan', '-o', 'json', '-f', file('applied', [timeout('5s')]))
    const plan = JSON.parse(out)
    expect(plan.resources).toMatchObject([{ op: 'update', key: { type: 'MeshTimeout', name: 'all' } }])
    expect(plan).toMatchObject({ impact: 'drains', unchanged: 1, proxies: [{ proxy: { name: 'web-1' } }] })
    expect(status).toBe(0)
    expect((await kumactl('plan', '-f', file('same', before))).out).toContain('0 of 2 proxies change: no-op')
  })

  test('resources that are not valid are told, and nothing is planned', async () => {
    const { status, out, err } = await kumactl('plan', '-f', file('invalid', [timeout('soon')]))
    expect([status, out]).toEqual([1, ''])
    expect(err).toContain('requestTimeout')
  })
})

describe('kumactl simulate', () => {
  test('tells the way of a request, from files and from a control plane', async () => {
    for (const source of [['-f', file('before', before)], []]) {
      const { status, out } = await kumactl('simulate', '--from', 'web', '--to', 'orders', '--path', '/a', '-H', 'x-user: t', ...source)
      expect(out).toContain('100 % delivered: 10.0.0.2:8080 gets it: GET /a of orders')
      expect(out).toMatch(/web-1 +outbound:127.0.0.1:9001 +- +prefix \/; timeout 2 s +orders 10.0.0.2:8080/)
      expect(status).toBe(0)
    }
  })

  test('status 2 when it does not arrive, 1 when nobody could be asked', async () => {
    const files = ['-f', file('before', before)]
    expect(await kumactl('simulate', '--from', 'orders', '--to', 'web', ...files)).toMatchObject({ status: 2 })
    expect(await kumactl('simulate', '--from', 'wep', '--to', 'orders', ...files)).toMatchObject({
      status: 1,
      err: 'there is no proxy or service "wep". Did you mean "web"?',
    })
    const { out } = await kumactl('simulate', '-o', 'json', '--from', 'web', '--to', 'orders', ...files)
    expect(JSON.parse(out)).toMatchObject({ outcomes: [{ kind: 'delivered', probability: 1 }] })
  })
})

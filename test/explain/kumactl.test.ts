import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CliFailure, ExitStatus } from '../../src/cmd/kumactl/failure.js'
import { kumactlProgram } from '../../src/cmd/kumactl/program.js'
import { registry } from '../../src/translate/kinds.js'
import { ControlPlane } from '../api/control-plane.js'

const dataplane = (name: string, tags: object, outbound: object[] = []) => ({
  type: 'Dataplane',
  mesh: 'shop',
  name,
  networking: { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/protocol': 'http', ...tags } }], outbound },
})
const policy = (type: string, name: string, targetRef: object, conf: object) => ({
  type,
  mesh: 'shop',
  name,
  spec: { targetRef, to: [{ targetRef: { kind: 'Mesh' }, default: conf }] },
})
const resources: Record<string, unknown>[] = [
  { type: 'Mesh', name: 'shop', skipCreatingInitialPolicies: ['*'] },
  dataplane('web-1', { 'kuma.io/service': 'web', version: 'v1' }, [{ port: 9001, tags: { 'kuma.io/service': 'orders' } }]),
  dataplane('orders-1', { 'kuma.io/service': 'orders' }),
  policy('MeshTimeout', 'all', { kind: 'Mesh' }, { connectionTimeout: '2s' }),
  policy('MeshRetry', 'v2', { kind: 'MeshSubset', tags: { version: 'v2' } }, { http: { numRetries: 3 } }),
]

let folder: string
let file: string
let config: string
const controlPlane = new ControlPlane()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kumactl-explain-'))
  file = join(folder, 'mesh.json')
  writeFileSync(file, resources.map((resource) => JSON.stringify(resource)).join('\n---\n'))
  for (const resource of resources) await controlPlane.apply(resource)
  const url = await controlPlane.app.listen({ host: '127.0.0.1', port: 0 })
  config = join(folder, 'config')
  const controlPlanes = [{ name: 'cp', coordinates: { apiServer: { url } } }]
  writeFileSync(config, JSON.stringify({ controlPlanes, contexts: [{ name: 'cp', controlPlane: 'cp' }], currentContext: 'cp' }))
})

afterAll(async () => {
  await controlPlane.app.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What a run prints, and its exit status. */
async function kumactl(...args: string[]): Promise<{ out: string; error: string; status: number }> {
  const said = { out: '', error: '' }
  const terminal = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.error += text),
    readStdin: async () => '',
    now: () => new Date(0),
    registry,
  }
  try {
    await kumactlProgram(terminal, '0.0.0').parseAsync(['--config-file', config, '-m', 'shop', ...args], { from: 'user' })
    return { ...said, status: 0 }
  } catch (error) {
    if (error instanceof ExitStatus) return { ...said, status: error.status }
    if (error instanceof CliFailure) return { ...said, error: said.error + error.message, status: 1 }
    throw error
  }
}

const field = 'clusters["orders"].connectTimeout'

describe.each([
  ['files', () => ['-f', file]],
  ['a control plane', () => []],
])('from %s', (_, source) => {
  test('explain tells where a field comes from', async () => {
    const { out, status } = await kumactl('explain', field, '--dataplane', 'web-1', ...source())
    expect(status).toBe(0)
    expect(out).toContain(`${field} = 2s\n`)
    expect(out).toMatch(/^value +MeshTimeout all +spec\.to\[0\]\.default\.connectionTimeout +to any: 1 of 1/m)
    expect(out).toMatch(/^overrode +5s +default$/m)
  })

  test('why-not tells what was compared', async () => {
    expect(await kumactl('why-not', 'MeshRetry', 'v2', 'web-1', ...source())).toEqual({
      out: 'MeshRetry v2 does not select web-1\n  targetRef MeshSubset version=v2; inbound 8080 has version=v1\n  at spec.targetRef.tags\n',
      error: '',
      status: 2,
    })
  })
})

test('explain shows a whole cluster, and a policy on all proxies; -o json gives what the library gives', async () => {
  const cluster = await kumactl('explain', '--cluster', 'orders', '--dataplane', 'web-1', '-f', file)
  expect(cluster.out).toMatch(/^clusters\["orders"\]\.connectTimeout +2s +MeshTimeout all +spec/m)
  const policy = await kumactl('explain', '--policy', 'meshtimeout/all', '-f', file)
  expect(policy.out).toMatch(/^web-1 +sets +clusters\["orders"\]\.connectTimeout +2s +spec\.to\[0\]\.default\.connectionTimeout +5s$/m)
  const json = JSON.parse((await kumactl('explain', '--policy', 'MeshTimeout/all', '-f', file, '-o', 'json')).out)
  expect(json.map(({ proxy }: { proxy: { name: string } }) => proxy.name)).toEqual(['orders-1', 'web-1'])
  const verdict = JSON.parse((await kumactl('why-not', 'meshtimeout', 'all', 'web-1', '-f', file, '-o', 'json')).out)
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
  expect(await kumactl(...args, '-f', file)).toEqual({ out: '', error: message, status: 1 })
})

test('shows what is wrong with the input', async () => {
  const bad = join(folder, 'bad.yaml')
  writeFileSync(
    bad,
    'type: MeshTimeout\nmesh: shop\nname: t\nspec:\n  to:\n  - targetRef: { kind: Mesh }\n    default: { connectionTimeout: soon }\n',
  )
  const { error, status } = await kumactl('explain', field, '--dataplane', 'web-1', '-f', file, bad)
  expect(status).toBe(1)
  expect(error).toContain('connectionTimeout')
  expect(error).toContain('1 resource(s) would be refused')
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../../scripts/ports.js'
import type { Running } from '../../scripts/programs.js'
import { envoy } from '../with-envoy.js'
import { type TwoProxies, startTwoProxies } from './two-proxies.js'

/** What becomes of a policy that a real Envoy refuses, among others that it takes. */

const lua = (code: string) => `
name: envoy.filters.http.lua
typedConfig:
  '@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
  defaultSourceCode: {inlineString: '${code}'}`

const patch = (name: string, origin: string, code: string) =>
  JSON.stringify({
    ...{ type: 'MeshProxyPatch', mesh: 'default', name },
    spec: {
      targetRef: { kind: 'Mesh' },
      default: { appendModifications: [{ httpFilter: { operation: 'AddFirst', match: { origin }, value: lua(code) } }] },
    },
  })

const marks = (text: string) => `function envoy_on_response(handle) handle:headers():replace("x-marked", "${text}") end`

interface Refusal {
  readonly name: string
  readonly policies: readonly { readonly type: string; readonly name: string }[]
}

describe.skipIf(envoy.missing)(`a policy that Envoy refuses ${envoy.reason}`, () => {
  let mesh: TwoProxies
  const others: Running[] = []
  const answer = async () => {
    const { status, text, headers } = await mesh.ask('orders')
    return [status, text, headers.get('x-marked')]
  }
  const json = async (path: string) => (await fetch(mesh.session.api + path)).json() as Promise<Record<string, unknown>>

  beforeAll(async () => {
    const policies = [
      patch('in', 'inbound', marks('before')),
      '{"type": "MeshTimeout", "mesh": "default", "name": "slow", "spec": {"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"requestTimeout": "20s"}}}]}}',
    ]
    mesh = await startTwoProxies({ services: { orders: [(_, response) => response.end('order')] }, policies: policies.join('\n---\n') })
    await mesh.session.kumactl(['apply', '--wait', '-f', '-'], policies[1])
  })
  afterAll(async () => {
    await Promise.all(others.map((proxy) => proxy.stop()))
    await mesh?.stop()
  })

  test('is named, the rest of what was applied with it runs, and what there was of it stays', async () => {
    expect(await answer()).toEqual([200, 'order', 'before'])
    const applied = [patch('in', 'inbound', 'function envoy_on_response('), patch('out', 'outbound', marks('out'))].join('\n---\n')
    const failure = await mesh.session.kumactl(['apply', '--wait', '-f', '-'], applied).catch((error: unknown) => String(error))
    expect(failure).toContain('2 proxies refuse part of the change')
    expect(failure).toMatch(
      /Dataplane "server" of mesh "default" refuses listeners "inbound:[^"]+" \(from MeshProxyPatch "in" of mesh "default"\)/,
    )
    // Connections from before keep the filters that they began with.
    await mesh.until(async () => (await answer())[2] === 'out', 'what was applied with it does not run')
    const { config_dump: _, ...dump } = JSON.parse(await mesh.admin('server', '/config_dump?resource=dynamic_listeners')) as Record<
      string,
      unknown
    >
    expect(JSON.stringify(dump)).toContain('before')
  })

  test('stands in the insight, the metrics and the log, once for each resource', async () => {
    const refusals = async () => {
      const { dataplaneInsight } = (await json('/meshes/default/dataplanes/server/_overview')) as {
        dataplaneInsight: { refusals?: readonly Refusal[] }
      }
      return dataplaneInsight.refusals ?? []
    }
    await mesh.until(async () => (await refusals()).length === 2, 'the insight tells of no refusal')
    for (const { policies } of await refusals()) expect(policies).toMatchObject([{ type: 'MeshProxyPatch', name: 'in' }])
    const said = mesh.session.cp
      .said()
      .split('\n')
      .filter((line) => line.includes('refuses configuration'))
    expect(said.filter((line) => line.includes('"server"')).length).toBe((await refusals()).length)
  })

  test('does not keep a new proxy from serving: it starts with what the others have', async () => {
    const [port = 0, admin = 0, servicePort = 0] = await freePorts(3)
    await mesh.session.apply(
      JSON.stringify({
        ...{ type: 'Dataplane', mesh: 'default', name: 'late' },
        networking: {
          address: '127.0.0.1',
          inbound: [{ port, servicePort, tags: { 'kuma.io/service': 'late', 'kuma.io/protocol': 'http' } }],
        },
      }),
    )
    others.push(mesh.session.proxy('late', envoy.path, { KUMA_DATAPLANE_ADMIN_PORT: String(admin), KUMA_DATAPLANE_DRAIN_TIME: '0.1s' }))
    // Nobody is behind it: its Envoy answers by itself, with the header of the last version of the policy that was taken.
    const marked = () => fetch(`http://127.0.0.1:${port}/`).then(({ headers }) => headers.get('x-marked'))
    await mesh.until(async () => (await marked()) === 'before', 'the new proxy does not serve')
  })

  test('is taken once it is mended', async () => {
    await mesh.session.kumactl(['apply', '--wait', '-f', '-'], patch('in', 'inbound', marks('mended')))
    await mesh.session.kumactl(['delete', 'meshproxypatch', 'out', '--mesh', 'default'])
    await mesh.until(async () => (await answer())[2] === 'mended', 'what was mended does not run')
  })
})

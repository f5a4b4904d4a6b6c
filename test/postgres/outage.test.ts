import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Programs, type Running } from '../../scripts/programs.js'
import { Cluster } from '../../src/gen/envoy/config/cluster/v3/cluster.js'
import { type KumaCpPlace, kumaCpPlace } from '../kuma-cp/place.js'
import { postgres, postgresServer } from '../with-postgres.js'
import { type TestProxy, deltaProxy } from '../xds/proxy.js'
import { environment } from './opened.js'

const dataplane = {
  type: 'Dataplane',
  mesh: 'default',
  name: 'web',
  networking: {
    address: '127.0.0.1',
    inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' } }],
    outbound: [{ port: 10_000, tags: { 'kuma.io/service': 'orders' } }],
  },
}
const timeout = (connectionTimeout: string) => ({
  type: 'MeshTimeout',
  mesh: 'default',
  name: 'timeout',
  spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout } }] },
})

describe.skipIf(postgres.missing)(`kuma-cp while PostgreSQL is away ${postgres.reason}`, () => {
  const test = postgresServer()
  const programs = new Programs()
  const folder = mkdtempSync(join(tmpdir(), 'kuma-outage-'))
  const proxies: TestProxy[] = []

  afterEach(() => {
    for (const proxy of proxies.splice(0)) proxy.close()
    programs.stopAll()
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(name: string, store: Readonly<Record<string, string>>): Promise<KumaCpPlace & { readonly program: Running }> {
    const place = await kumaCpPlace(join(folder, name))
    const program = programs.start('kuma-cp', ['run'], { ...place.settings, ...store }, join(folder, `${name}.log`))
    await expect.poll(() => place.ready().catch(() => program.said())).toBe(true)
    return { ...place, program }
  }

  /** A control plane that hasn't heard of the proxy yet sends it away: it comes again. */
  async function connect(name: string, { proxies: address }: KumaCpPlace, seconds: number): Promise<TestProxy> {
    const ca = readFileSync(join(folder, name, 'cp', 'kuma-cp.crt'), 'utf8')
    for (;;) {
      const proxy = deltaProxy({ address, ca, id: 'default.web' })
      proxies.push(proxy)
      const served = connectsIn(proxy, seconds).then(() => true)
      if (await Promise.race([served, proxy.ended.then(() => false)])) return proxy
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  const put = (api: string, path: string, body: unknown) =>
    fetch(`${api}/meshes/default${path}`, { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

  /** Waits until a proxy connects to its clusters as a timeout says. */
  const connectsIn = (proxy: TestProxy, seconds: number) =>
    proxy.until(({ clusters }) =>
      [...clusters.values()].map((b) => Cluster.decode(b)).some((c) => c.name === 'orders' && c.connectTimeout?.seconds === seconds),
    )

  it('its API says so, proxies keep what they have, new streams get it too, and all goes on by itself afterwards', {
    timeout: 180_000,
  }, async () => {
    const store = { ...environment(await test.database()), KUMA_DEFAULTS_SKIP_MESH_CREATION: 'true' }
    const [one, two] = [await start('one', store), await start('two', store)]
    const index = async ({ api }: KumaCpPlace) => (await (await fetch(api)).json()) as { clusterId: string; instanceId: string }
    const [first, second] = [await index(one), await index(two)]
    expect(first.clusterId).toBe(second.clusterId)
    expect(first.instanceId).not.toBe(second.instanceId)

    expect((await put(one.api, '', { type: 'Mesh', name: 'default', skipCreatingInitialPolicies: ['*'] })).status).toBe(201)
    expect((await put(one.api, '/dataplanes/web', dataplane)).status).toBe(201)
    expect((await put(two.api, '/meshtimeouts/timeout', timeout('7s'))).status).toBe(201)
    const [proxy, other] = await Promise.all([connect('one', one, 7), connect('two', two, 7)])

    await test.server.kill()
    const late = await connect('two', two, 7)
    const [read, written] = await Promise.all([
      fetch(`${one.api}/meshes/default/dataplanes`),
      put(two.api, '/meshtimeouts/timeout', timeout('8s')),
    ])
    for (const answer of [read, written]) {
      expect({ status: answer.status, retry: answer.headers.get('retry-after') }).toEqual({ status: 503, retry: '5' })
      expect(await answer.json()).toMatchObject({ type: '/std-errors', status: 503, title: 'Service unavailable' })
    }
    expect(one.program.said()).toMatch(/a request of the API failed/)

    await test.server.start()
    await expect.poll(async () => (await put(one.api, '/meshtimeouts/timeout', timeout('5s'))).status).toBe(200)
    await Promise.all([proxy, other, late].map((each) => connectsIn(each, 5)))
    // None of them had to be started anew, and none lost its stream.
    expect(await Promise.all([one, two].map(({ program }) => program.stop()))).toEqual([0, 0])
  })
})

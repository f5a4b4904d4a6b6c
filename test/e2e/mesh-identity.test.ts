import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePorts } from '../../scripts/ports.js'
import { envoy } from '../with-envoy.js'
import { Session } from './session.js'

let session: Session
let server: http.Server
beforeEach(async () => {
  session = await Session.start()
  server = http.createServer((_, response) => response.end('orders')).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.close()
  await session.stop()
})

/** A proxy of a workload with one inbound, and one outbound to the generated MeshService of orders. */
const dataplane = (name: string, inbound: number, application: number, orders: { readonly service: number; readonly at: number }) => `---
type: Dataplane
mesh: default
name: ${name}-1
labels: { kuma.io/workload: ${name} }
networking:
  address: 127.0.0.1
  inbound:
  - { port: ${inbound}, servicePort: ${application}, tags: { kuma.io/service: ${name}, kuma.io/protocol: http } }
  outbound:
  - { port: ${orders.at}, backendRef: { kind: MeshService, name: orders, port: ${orders.service} } }
`

const permission = (workload: string) => `type: MeshTrafficPermission
mesh: default
name: orders
spec:
  targetRef: { kind: Dataplane, labels: { kuma.io/workload: orders } }
  rules:
  - default:
      allow:
      - spiffeID: { type: Exact, value: spiffe://default.default.mesh.local/workload/${workload} }
`

describe.skipIf(envoy.missing)(`MeshIdentity ${envoy.reason}`, () => {
  test('encrypts between proxies, and permissions go by SPIFFE ID', async () => {
    const application = (server.address() as AddressInfo).port
    const names = ['orders', 'web', 'shop'] as const
    const ports = await freePorts(9)
    const port = (proxy: number, which: number) => ports[proxy * 3 + which] ?? 0
    const service = port(0, 0)
    await session.apply('type: Mesh\nname: default\nmeshServices: { mode: Exclusive }')
    await session.apply(`type: MeshIdentity
mesh: default
name: identity
spec:
  selector: { dataplane: { matchLabels: {} } }
  provider: { type: Bundled, bundled: { autogenerate: { enabled: true }, insecureAllowSelfSigned: true } }`)
    await session.apply(names.map((name, i) => dataplane(name, port(i, 0), application, { service, at: port(i, 1) })).join(''))
    await session.apply(permission('web'))
    const proxies = names.map((name, i) => session.proxy(`${name}-1`, envoy.path, { KUMA_DATAPLANE_ADMIN_PORT: String(port(i, 2)) }))

    const ask = (proxy: number) => fetch(`http://127.0.0.1:${port(proxy, 1)}/`).then(async ({ status, ok }) => (ok ? 'allowed' : status))
    await session.until(async () => (await ask(1)) === 'allowed', 'web is not allowed', proxies)
    await session.until(async () => (await ask(2)) === 403, 'shop is not denied', proxies)
    // Who is not in the mesh gets no further than the handshake.
    await expect(fetch(`http://127.0.0.1:${service}/`)).rejects.toThrow()

    await session.apply(permission('shop'))
    await session.until(async () => (await ask(2)) === 'allowed', 'shop is not allowed', proxies)
    await session.until(async () => (await ask(1)) === 403, 'web is not denied', proxies)
    const identity = JSON.parse(await session.kumactl(['get', 'meshidentity', 'identity', '-o', 'json'])) as { status: unknown }
    expect(JSON.stringify(identity.status)).toContain('Successfully initialized')
    expect(await Promise.all(proxies.map((proxy) => proxy.stop()))).toEqual([0, 0, 0])
  }, 180_000)
})

import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '../../scripts/demo/shop.js'
import { freePorts } from '../../scripts/ports.js'
import type { Running } from '../../scripts/programs.js'
import { serverCertificate } from '../../src/server/certificates.js'
import { envoy } from '../with-envoy.js'
import { Session } from './session.js'

/** Requests that come into the mesh through a builtin gateway, and leave it through a zone egress. */

const yaml = (...resources: object[]) => resources.map((resource) => JSON.stringify(resource)).join('\n---\n')
const everybody = [{ match: { 'kuma.io/service': '*' } }]

describe.skipIf(envoy.missing)(`at the edges of a mesh ${envoy.reason}`, () => {
  let session: Session
  let ports: Record<'gateway' | 'shop' | 'toOutside' | 'egress', number>
  const servers: (http.Server | https.Server)[] = []
  const proxies: Running[] = []
  const until = (holds: () => Promise<boolean>, failure: string) => session.until(holds, failure, proxies)

  async function listen<S extends http.Server | https.Server>(server: S): Promise<number> {
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  }

  beforeAll(async () => {
    session = await Session.start({ KUMA_DEFAULTS_SKIP_MESH_CREATION: 'true' })
    const [gateway = 0, shop = 0, toOutside = 0, egress = 0, ...admins] = await freePorts(7)
    ports = { gateway, shop, toOutside, egress }
    const application = await listen(
      http.createServer((request, response) => {
        const caller = /URI=([^;,]*)/.exec(String(request.headers['x-forwarded-client-cert']))?.[1]
        response.end(`shop ${request.url}, x-edge ${request.headers['x-edge']}, asked by ${caller}`)
      }),
    )
    const { certificate, privateKey } = await serverCertificate({ hosts: ['outside.test'], now: new Date(), lifetimeMs: 3_600_000 })
    const outside = await listen(
      https.createServer({ cert: certificate, key: privateKey }, (request, response) => response.end(`outside ${request.url}`)),
    )
    const dataplane = (name: string, networking: object) => ({
      ...{ type: 'Dataplane', mesh: 'default', name },
      networking: { address: '127.0.0.1', ...networking },
    })
    await session.apply(
      yaml(
        {
          ...{ type: 'Mesh', name: 'default', skipCreatingInitialPolicies: ['*'] },
          mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] },
          routing: { zoneEgress: true },
        },
        dataplane('shop', {
          inbound: [{ port: shop, servicePort: application, tags: { 'kuma.io/service': 'shop', 'kuma.io/protocol': 'http' } }],
          outbound: [{ port: toOutside, tags: { 'kuma.io/service': 'outside' } }],
        }),
        dataplane('edge', { gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge' } } }),
        { type: 'ZoneEgress', name: 'egress', networking: { address: '127.0.0.1', port: egress } },
        {
          ...{ type: 'ExternalService', mesh: 'default', name: 'outside' },
          tags: { 'kuma.io/service': 'outside', 'kuma.io/protocol': 'http' },
          networking: {
            address: `127.0.0.1:${outside}`,
            tls: { enabled: true, serverName: 'outside.test', caCert: { inlineString: certificate } },
          },
        },
        {
          type: 'TrafficRoute',
          mesh: 'default',
          name: 'all',
          sources: everybody,
          destinations: everybody,
          conf: { destination: everybody[0]?.match },
        },
        { type: 'TrafficPermission', mesh: 'default', name: 'all', sources: everybody, destinations: everybody },
        {
          ...{ type: 'MeshGateway', mesh: 'default', name: 'edge' },
          selectors: [{ match: { 'kuma.io/service': 'edge' } }],
          conf: { listeners: [{ port: gateway, protocol: 'HTTP', hostname: 'shop.example.com' }] },
        },
        {
          ...{ type: 'MeshGatewayRoute', mesh: 'default', name: 'shop' },
          selectors: [{ match: { 'kuma.io/service': 'edge' } }],
          conf: {
            http: {
              rules: [
                {
                  matches: [{ path: { match: 'PREFIX', value: '/buy' } }],
                  filters: [{ requestHeader: { set: [{ name: 'x-edge', value: 'yes' }] } }, { rewrite: { replacePrefixMatch: '/order' } }],
                  backends: [{ weight: 1, destination: { 'kuma.io/service': 'shop' } }],
                },
              ],
            },
          },
        },
      ),
    )
    const asEgress: Readonly<Record<string, string>> = { KUMA_DATAPLANE_PROXY_TYPE: 'egress', KUMA_DATAPLANE_MESH: '' }
    for (const name of ['shop', 'edge', 'egress']) {
      const env = { KUMA_DATAPLANE_ADMIN_PORT: String(admins.shift()), KUMA_DATAPLANE_DRAIN_TIME: '0.1s' }
      proxies.push(session.proxy(name, envoy.path, { ...env, ...(name === 'egress' && asEgress) }))
    }
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    await session?.stop()
  })

  test('a builtin gateway lets requests in, as its routes say', async () => {
    const buy = (path: string, host = 'shop.example.com') => ask(ports.gateway, { host }, path)
    await until(async () => (await buy('/buy')).status === 200, 'the gateway does not lead to the shop')
    expect((await buy('/buy/tea')).text).toBe('shop /order/tea, x-edge yes, asked by spiffe://default/edge')
    expect((await buy('/sell')).status).toBe(404)
    expect((await buy('/buy', 'other.example.com')).status).toBe(404)
  })

  test('what is outside of the mesh is reached through the zone egress, over TLS', async () => {
    await until(async () => (await ask(ports.toOutside)).status === 200, 'what is outside is not reached')
    expect((await ask(ports.toOutside, {}, '/page')).text).toBe('outside /page')
  })

  test('and only as long as there is an egress', async () => {
    await session.kumactl(['delete', 'zoneegress', 'egress'])
    const refused = () =>
      ask(ports.toOutside).then(
        () => false,
        () => true,
      )
    await until(refused, 'what is outside is still reached')
  })
})

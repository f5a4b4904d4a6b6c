import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePorts } from '../../scripts/ports.js'
import { envoy } from '../with-envoy.js'
import { Session, tell } from './session.js'

let session: Session
beforeEach(async () => {
  session = await Session.start()
})
afterEach(() => session.stop())

const inspect = () => session.kumactl(['inspect', 'dataplanes'])

describe.skipIf(envoy.missing)(`as in Kuma's first announcements ${envoy.reason}`, () => {
  test('an HTTP server behind a proxy', async () => {
    const server = http.createServer((_, response) => response.end('echo'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const application = (server.address() as AddressInfo).port
    const [inbound = 0, admin = 0] = await freePorts(2)

    await session.apply(
      `type: Dataplane
mesh: default
name: dp-echo-1
networking:
  inbound:
  - interface: 127.0.0.1:${inbound}:${application}
    tags:
      service: echo`,
    )
    const before = await inspect()
    expect(before.trim().split('\n')).toHaveLength(2)
    expect(before).toMatch(/^MESH +NAME +TAGS +STATUS/)
    expect(before).toMatch(/dp-echo-1 .*Offline/)

    const proxy = session.proxy('dp-echo-1', envoy.path, { KUMA_DATAPLANE_ADMIN_PORT: String(admin) })
    const ask = () => fetch(`http://127.0.0.1:${inbound}`).then((response) => response.text())
    await session.until(async () => (await ask()) === 'echo', 'the echo server is not reached', [proxy])
    expect(proxy.said()).toContain('cds: added/updated')
    expect(await (await fetch(`http://127.0.0.1:${admin}/clusters`)).text()).toContain(`localhost:${application}::`)
    expect(proxy.said()).toContain(`lds: add/update listener 'inbound:127.0.0.1:${inbound}'`)
    await session.until(async () => /dp-echo-1 .*Online/.test(await inspect()), 'the proxy is not Online', [proxy])

    expect(await proxy.stop()).toBe(0)
    await session.until(async () => /dp-echo-1 .*Offline/.test(await inspect()), 'the proxy is not Offline again')
    server.close()
  })

  test('redis and its client: in plain text, encrypted with a permission, refused without one', async () => {
    const redis = await session.serve((text) => `redis says ${text}`)
    const [redisInbound = 0, backendInbound = 0, backendOutbound = 0, admin1 = 0, admin2 = 0] = await freePorts(5)
    await session.apply(
      `type: Dataplane
mesh: default
name: redis-1
networking:
  inbound:
  - interface: 127.0.0.1:${redisInbound}:${redis}
    tags:
      service: redis
---
type: Dataplane
mesh: default
name: backend-1
networking:
  inbound:
  - interface: 127.0.0.1:${backendInbound}:80
    tags:
      service: backend
  outbound:
  - interface: :${backendOutbound}
    service: redis`,
    )
    const proxies = [
      session.proxy('redis-1', envoy.path, { KUMA_DATAPLANE_ADMIN_PORT: String(admin1) }),
      session.proxy('backend-1', envoy.path, { KUMA_DATAPLANE_ADMIN_PORT: String(admin2) }),
    ]
    const answer = () => tell(backendOutbound, 'PING')
    await session.until(async () => (await answer()) === 'redis says PING', 'redis is not reached in plain text', proxies)

    await session.apply('type: Mesh\nname: default\nmtls:\n  enabled: true\n  ca:\n    builtin: {}')
    await session.until(async () => (await answer()) === undefined, 'redis is reached without a permission', proxies)

    await session.apply(
      `type: TrafficPermission
mesh: default
name: backend-to-redis
rules:
- sources:
  - match:
      service: backend
  destinations:
  - match:
      service: redis`,
    )
    await session.until(async () => (await answer()) === 'redis says PING', 'redis is not reached with a permission', proxies)
    expect(await tell(redisInbound, 'PING').catch(() => undefined)).toBeUndefined()
    await session.until(async () => /redis-1 .*Online.*ca-1/.test(await inspect()), 'the certificate is not told of', proxies)

    await session.kumactl(['delete', 'traffic-permission', 'backend-to-redis'])
    await session.until(async () => (await answer()) === undefined, 'redis is still reached', proxies)
    expect(await Promise.all(proxies.map((proxy) => proxy.stop()))).toEqual([0, 0])
  }, 180_000)
})

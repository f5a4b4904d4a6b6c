import { Resolver } from 'node:dns/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../../scripts/ports.js'
import { envoy } from '../with-envoy.js'
import { Session } from './session.js'

describe.skipIf(envoy.missing)(`behind a transparent proxy ${envoy.reason}`, () => {
  let session: Session
  beforeAll(async () => {
    session = await Session.start()
  })
  afterAll(() => session?.stop())

  test('the host names of services lead to virtual addresses, those of today as soon as they are there', async () => {
    const [inbound = 0, redirectPortInbound = 0, redirectPortOutbound = 0, dns = 0, admin = 0] = await freePorts(5)
    const dataplane = (name: string, service: string, address: string) =>
      JSON.stringify({
        ...{ type: 'Dataplane', mesh: 'default', name },
        networking: {
          address,
          inbound: [{ port: inbound, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' } }],
          transparentProxying: { redirectPortInbound, redirectPortOutbound },
        },
      })
    await session.apply(dataplane('web-1', 'web', '127.0.0.1'))
    const proxy = session.proxy('web-1', envoy.path, {
      ...{ KUMA_DATAPLANE_ADMIN_PORT: String(admin), KUMA_DNS_PROXY_PORT: String(dns), KUMA_DATAPLANE_DRAIN_TIME: '0.1s' },
    })
    const resolver = new Resolver({ timeout: 1000, tries: 1 })
    resolver.setServers([`127.0.0.1:${dns}`])
    const addresses = (name: string) => resolver.resolve4(name).catch((): string[] => [])

    await session.until(async () => (await addresses('web.mesh')).length > 0, 'web.mesh has no address', [proxy])
    expect(await addresses('web.mesh')).toEqual([expect.stringMatching(/^240\.0\.\d+\.\d+$/)])

    await session.apply(dataplane('orders-1', 'orders', '127.0.0.2'))
    await session.until(async () => (await addresses('orders.mesh')).length > 0, 'orders.mesh has no address', [proxy])
    expect(await addresses('orders.mesh')).not.toEqual(await addresses('web.mesh'))
    expect(await proxy.stop()).toBe(0)
  })
})

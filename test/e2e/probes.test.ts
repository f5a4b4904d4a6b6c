import net from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../../scripts/ports.js'
import { envoy } from '../with-envoy.js'
import { Session } from './session.js'

interface Shown {
  readonly networking: { readonly inbound: readonly { readonly state?: string }[] }
}

describe.skipIf(envoy.missing)(`the health of applications ${envoy.reason}`, () => {
  let session: Session
  beforeAll(async () => {
    session = await Session.start({ KUMA_DP_SERVER_HDS_INTERVAL: '0.5s' })
  })
  afterAll(() => session?.stop())

  test('is found out by their proxies: inbounds are ready, and no longer, and not while the proxy drains', async () => {
    const [inbound = 0, plain = 0, application = 0, admin = 0] = await freePorts(4)
    await session.apply(
      JSON.stringify({
        ...{ type: 'Dataplane', mesh: 'default', name: 'web-1' },
        networking: {
          address: '127.0.0.1',
          inbound: [
            {
              ...{ port: inbound, servicePort: application, tags: { 'kuma.io/service': 'web' } },
              serviceProbe: { interval: '0.2s', timeout: '1s', tcp: {} },
            },
            { port: plain, tags: { 'kuma.io/service': 'plain' } },
          ],
        },
      }),
    )
    const states = async () => {
      const shown = (await (await fetch(`${session.api}/meshes/default/dataplanes/web-1`)).json()) as Shown
      return shown.networking.inbound.map(({ state = 'Ready' }) => state).join()
    }
    expect(await states()).toBe('NotReady,Ready')
    const proxy = session.proxy('web-1', envoy.path, { KUMA_DATAPLANE_ADMIN_PORT: String(admin), KUMA_DATAPLANE_DRAIN_TIME: '30s' })
    const until = (wanted: string) => session.until(async () => (await states()) === wanted, `the inbounds are not ${wanted}`, [proxy])

    const server = net.createServer((socket) => socket.on('error', () => {}).resume())
    await once(server.listen(application, '127.0.0.1'), 'listening')
    await until('Ready,Ready')
    server.close()
    await until('NotReady,Ready')
    await once(server.listen(application, '127.0.0.1'), 'listening')
    await until('Ready,Ready')

    const ended = proxy.stop()
    await until('NotReady,NotReady')
    await proxy.stop()
    expect(await ended).toBe(0)
    server.close()
  })
})

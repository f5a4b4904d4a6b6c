import { once } from 'node:events'
import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort, parsePortRange } from './admin-port.js'
import { type Environment, type RunFlags, readSettings } from './settings.js'

const settings = (flags: RunFlags = {}, env: Environment = {}) => readSettings({ name: 'web-1', ...flags }, env)
const refusal = (flags: RunFlags = {}, env: Environment = {}) => {
  try {
    readSettings(flags, env)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

test('what nobody says is as in Kuma', () => {
  expect(settings()).toMatchObject({
    mesh: 'default',
    name: 'web-1',
    proxyType: 'dataplane',
    bootstrapUrl: new URL('https://localhost:5678/bootstrap'),
    skipVerify: false,
    retryBackoffMs: 3000,
    retryMaxMs: 300_000,
    drainTimeMs: 30_000,
    dynamicConfigRefreshMs: 1000,
    readinessPort: { port: 9902, told: false },
    adminPorts: undefined,
    features: ['feature-tcp-accesslog-via-named-pipe', 'feature-reuse-port', 'feature-strict-inbound-ports'],
  })
})

test('flags come before the environment', () => {
  const env = {
    KUMA_DATAPLANE_NAME: 'env',
    KUMA_DATAPLANE_MESH: 'shop',
    KUMA_CONTROL_PLANE_URL: 'https://env:5678',
    KUMA_DATAPLANE_DRAIN_TIME: '1m',
  }
  expect(readSettings({}, env)).toMatchObject({ name: 'env', mesh: 'shop', drainTimeMs: 60_000 })
  const both = settings({ mesh: 'bank', cpAddress: 'https://flag:1/x', drainTime: '5s' }, env)
  expect(both).toMatchObject({ name: 'web-1', mesh: 'bank', drainTimeMs: 5000, bootstrapUrl: new URL('https://flag:1/bootstrap') })
})

describe('the control plane', () => {
  const url = (env: Environment) => settings({}, env).bootstrapUrl.href

  test('of 2019 is found by its bootstrap server', () => {
    expect(url({ KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL: 'http://127.0.0.1:5682' })).toBe('http://127.0.0.1:5682/bootstrap')
  })

  test('of 2020 is found beside its API', () => {
    expect(url({ KUMA_CONTROL_PLANE_API_SERVER_URL: 'http://cp:5681' })).toBe('http://cp:5682/bootstrap')
  })

  test('of today comes first', () => {
    const env = { KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL: 'http://old:5682', KUMA_CONTROL_PLANE_URL: 'https://cp:5678' }
    expect(url(env)).toBe('https://cp:5678/bootstrap')
  })

  test('has to be a URL', () => {
    for (const cpAddress of ['cp:5678', 'grpc://cp:5678', ''])
      expect(refusal({ name: 'x', cpAddress })).toContain('expected a URL such as https://localhost:5678')
  })
})

test('features follow the environment', () => {
  const env = {
    KUMA_DATAPLANE_RUNTIME_REUSE_PORT_ENABLED: 'false',
    KUMA_DATAPLANE_RUNTIME_STRICT_INBOUND_PORTS_ENABLED: '0',
    KUMA_DATAPLANE_RUNTIME_UNIFIED_RESOURCE_NAMING_ENABLED: 'true',
    KUMA_DATAPLANE_RUNTIME_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT: 'DELTA_GRPC',
  }
  expect(settings({ bindOutbounds: true }, env).features).toEqual([
    'feature-tcp-accesslog-via-named-pipe',
    'feature-unified-resource-naming',
    'feature-bind-outbounds',
    'feature-delta-grpc',
  ])
})

test("in a pod the proxy has the pod's name", () => {
  expect(readSettings({}, { POD_NAME: 'web-0', POD_NAMESPACE: 'shop' }).name).toBe('web-0.shop')
})

test('zone proxies are in no mesh', () => {
  expect(settings({ proxyType: 'ingress' }).mesh).toBe('')
})

test('a proxy with a resource has its name from there', () => {
  expect(readSettings({ dataplaneFile: 'dp.yaml' }, {})).toMatchObject({ mesh: undefined, name: undefined, resourceFile: 'dp.yaml' })
  expect(refusal({ dataplaneFile: 'dp.yaml', name: 'x' })).toContain('--name and --mesh go without')
  expect(refusal({ dataplane: 'type: Dataplane' }, { KUMA_DATAPLANE_MESH: 'shop' })).toContain('--name and --mesh go without')
})

test.each<[RunFlags, Environment, string]>([
  [{}, {}, 'the name of the proxy is missing'],
  [{ name: 'x', proxyType: 'router' }, {}, '--proxy-type "router": expected dataplane, ingress, egress'],
  [{ name: 'x', drainTime: '30' }, {}, '--drain-time "30": expected a duration'],
  [{ name: 'x', drainTime: '0s' }, {}, '--drain-time "0s": expected a duration longer than nothing'],
  [{ name: 'x', concurrency: 'many' }, {}, '--concurrency "many": expected a number'],
  [{ name: 'x', adminPort: '99999' }, {}, '--admin-port "99999": expected a port or a range'],
  [{ name: 'x' }, { KUMA_READINESS_PORT: '0' }, 'KUMA_READINESS_PORT "0": expected a number from 1 to 65535'],
  [{ name: 'x' }, { KUMA_CONTROL_PLANE_TLS_SKIP_VERIFY: 'yes' }, 'KUMA_CONTROL_PLANE_TLS_SKIP_VERIFY "yes": expected true, false'],
  [{ name: 'x' }, { KUMA_CONTROL_PLANE_RETRY_BACKOFF: 'soon' }, 'KUMA_CONTROL_PLANE_RETRY_BACKOFF "soon"'],
  [{ name: 'x' }, { KUMA_DATAPLANE_RUNTIME_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT: 'REST' }, 'expected GRPC, DELTA_GRPC'],
])('%j %j is refused', (flags, env, message) => {
  expect(refusal(flags, env)).toContain(message)
})

describe('admin ports', () => {
  test('are a port or a range with open ends', () => {
    const read = (text: string) => parsePortRange('--admin-port', text)
    expect(read('9901')).toEqual({ from: 9901, to: 9901 })
    expect(read('9901-9999')).toEqual({ from: 9901, to: 9999 })
    expect(read('60000-')).toEqual({ from: 60_000, to: 65_535 })
    expect(read('-9901')).toEqual({ from: 1, to: 9901 })
    for (const none of ['', '-', '0']) expect(read(none)).toEqual({ from: 0, to: 0 })
    for (const bad of ['x', '9-8', '1-2-3', '65536']) expect(() => read(bad)).toThrow('expected a port or a range')
  })

  test('are taken one after the other', async () => {
    const taken = net.createServer()
    await once(taken.listen(0, '127.0.0.1'), 'listening')
    const { port } = taken.address() as net.AddressInfo
    await expect(freePort({ from: port, to: port })).rejects.toThrow(`no port from ${port} to ${port}`)
    expect(await freePort({ from: port, to: 65_535 })).toBeGreaterThan(port)
    expect(await freePort({ from: 0, to: 0 })).toBe(0)
    taken.close()
  })
})

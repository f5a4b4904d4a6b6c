import { describe, expect, test } from 'vitest'
import { Bootstrap } from '../gen/envoy/config/bootstrap/v3/bootstrap.js'
import { ApiConfigSource_ApiType } from '../gen/envoy/config/core/v3/config_source.js'
import { Cluster_DiscoveryType } from '../gen/envoy/config/cluster/v3/cluster.js'
import { type BootstrapOptions, bootstrap } from './bootstrap.js'

type Networking = NonNullable<BootstrapOptions['dataplane']['spec']['networking']>

const dataplane = (networking: Networking = { inbound: [{ tags: { 'kuma.io/service': 'web' } }] }): BootstrapOptions['dataplane'] => ({
  type: 'Dataplane',
  mesh: 'shop',
  name: 'web-1',
  labels: {},
  spec: { networking },
})
const meshOf = (mode?: string) => ({ type: 'Mesh', name: 'shop', labels: {}, spec: { meshServices: { mode } } })
const request = { mesh: 'shop', name: 'web-1', workdir: '/run/kuma' }
const controlPlane = { host: 'cp.example', port: 5678 }
const trustedCa = new TextEncoder().encode('PEM')
const made = (options: Partial<BootstrapOptions> = {}) => bootstrap({ dataplane: dataplane(), request, controlPlane, ...options })
const clusterOf = (message: Bootstrap, name: string) => message.staticResources?.clusters?.find((cluster) => cluster.name === name)
const xdsOf = (message: Bootstrap) => message.dynamicResources?.adsConfig?.grpcServices?.[0]

describe('the node', () => {
  test('is named by mesh and name', () => {
    expect(made().node).toMatchObject({ id: 'shop.web-1', cluster: 'web' })
  })

  test('has the first of its services by name as its cluster', () => {
    const inbound = ['web', 'admin'].map((service) => ({ tags: { 'kuma.io/service': service } }))
    expect(made({ dataplane: dataplane({ inbound }) }).node?.cluster).toBe('admin')
    expect(made({ dataplane: dataplane({ gateway: { tags: { 'kuma.io/service': 'edge' } } }) }).node?.cluster).toBe('edge')
    expect(made({ dataplane: dataplane({}) }).node?.cluster).toBe('unknown')
  })

  test('of a zone proxy is in no mesh', () => {
    const zoneIngress = { type: 'ZoneIngress', name: 'zi', labels: {}, spec: { networking: {} } }
    const { node } = bootstrap({ dataplane: zoneIngress, controlPlane })
    expect(node).toMatchObject({ id: '.zi', cluster: 'ingress', metadata: { 'dataplane.proxyType': 'ingress' } })
  })

  test('carries what the companion said; ports as text', () => {
    const said = { ...request, features: ['b', 'a', 'b'], dnsPort: 15054, readinessPort: 9902, appProbeProxyDisabled: true }
    expect(made({ request: { ...said, dynamicMetadata: { HOST_IP: '10.0.0.1' } } }).node?.metadata).toMatchObject({
      features: ['a', 'b'],
      'dataplane.dns.port': '15054',
      'dataplane.readinessReporter.port': '9902',
      'dataplane.appProbeProxy.enabled': 'true',
      dynamicMetadata: { HOST_IP: '10.0.0.1' },
    })
  })
})

describe('the admin interface', () => {
  test('is a socket in the work folder', () => {
    expect(made().admin?.address?.address).toEqual({ $case: 'pipe', pipe: { path: '/run/kuma/kuma-envoy-admin.sock', mode: 0o600 } })
    expect(made().node?.metadata).toMatchObject({
      'dataplane.admin.port': '9901',
      'dataplane.admin.socketPath': '/run/kuma/kuma-envoy-admin.sock',
    })
  })

  test('is a port where the companion has no work folder, or asks for a port', () => {
    const portOf = (options: Partial<BootstrapOptions>) => {
      const address = made(options).admin?.address?.address
      return address?.$case === 'socketAddress' ? address.socketAddress : undefined
    }
    const { workdir: _, ...bare } = request
    expect(portOf({ request: bare })).toMatchObject({ address: '127.0.0.1', portSpecifier: { portValue: 9901 } })
    expect(portOf({ request: { ...request, adminPort: 19000 } })).toMatchObject({ portSpecifier: { portValue: 19000 } })
    expect(portOf({ admin: { unixSocket: false, address: '::1' } })).toMatchObject({ address: '::1' })
  })

  test("has the port of the proxy's resource before any other", () => {
    const options = { dataplane: dataplane({ admin: { port: 1234 } }), request: { ...request, adminPort: 19000 } }
    expect(made(options).node?.metadata).toMatchObject({ 'dataplane.admin.port': '1234' })
  })

  test('is absent where nobody gives it a port', () => {
    for (const options of [{ admin: { port: 0 } }, { request: { ...request, adminPort: 0 } }]) {
      expect(made(options).admin).toBeUndefined()
      expect(made(options).node?.metadata).not.toHaveProperty('dataplane.admin.port')
    }
  })
})

describe('the way to the control plane', () => {
  test('is plain text without a CA', () => {
    expect(clusterOf(made(), 'ads_cluster')?.transportSocket).toBeUndefined()
    expect(made().staticResources?.secrets).toBeUndefined()
  })

  test("is TLS with one, and the control plane's certificate has to name the host", () => {
    const message = made({ controlPlane: { ...controlPlane, trustedCa } })
    expect(clusterOf(message, 'ads_cluster')?.transportSocket?.name).toBe('envoy.transport_sockets.tls')
    const validation = message.staticResources?.secrets?.[0]?.type
    const sans = validation?.$case === 'validationContext' ? validation.validationContext.matchTypedSubjectAltNames : []
    expect(sans?.map((san) => san.matcher?.matchPattern)).toEqual(Array(2).fill({ $case: 'exact', exact: 'cp.example' }))
  })

  test('needs no resolving for an IP address', () => {
    const typeOf = (host: string) => clusterOf(made({ controlPlane: { host, port: 1 } }), 'ads_cluster')?.clusterDiscoveryType
    expect(typeOf('127.0.0.1')).toMatchObject({ type: Cluster_DiscoveryType.STATIC })
    expect(typeOf('::1')).toMatchObject({ type: Cluster_DiscoveryType.STATIC })
    expect(typeOf('localhost')).toMatchObject({ type: Cluster_DiscoveryType.STRICT_DNS })
  })

  test('carries the token, or reads it from its file', () => {
    const tokens = { ...request, dataplaneToken: 'jwt', dataplaneTokenPath: '/run/token' }
    expect(xdsOf(made({ request: tokens }))?.initialMetadata).toEqual([{ key: 'authorization', value: 'jwt' }])
    const reloading = made({ request: tokens, reloadableTokens: true })
    expect(xdsOf(reloading)?.targetSpecifier).toMatchObject({ $case: 'googleGrpc', googleGrpc: { targetUri: 'cp.example:5678' } })
    expect(clusterOf(reloading, 'ads_cluster')).toBeUndefined()
    expect(JSON.stringify(reloading)).not.toContain('jwt')
  })

  test('is incremental for proxies that can', () => {
    const apiType = (features: string[]) => made({ request: { ...request, features } }).dynamicResources?.adsConfig?.apiType
    expect(apiType([])).toBe(ApiConfigSource_ApiType.GRPC)
    expect(apiType(['feature-delta-grpc'])).toBe(ApiConfigSource_ApiType.DELTA_GRPC)
  })

  test('has unified names only where mesh and proxy both do', () => {
    const unified = { ...request, features: ['feature-unified-resource-naming'] }
    const namesOf = (options: Partial<BootstrapOptions>) => made(options).staticResources?.clusters?.map((cluster) => cluster.name)
    expect(namesOf({ request: unified, mesh: meshOf('Exclusive') })).toEqual(['system_access_log_sink', 'system_ads'])
    expect(namesOf({ request: unified, mesh: meshOf('Everywhere') })).toEqual(['access_log_sink', 'ads_cluster'])
    expect(namesOf({ mesh: meshOf('Exclusive') })).toEqual(['access_log_sink', 'ads_cluster'])
  })
})

test('health discovery is for data plane proxies that were asked to', () => {
  expect(made().hdsConfig).toBeUndefined()
  expect(made({ healthDiscovery: true }).hdsConfig?.grpcServices).toHaveLength(1)
  const zoneEgress = { type: 'ZoneEgress', name: 'ze', labels: {}, spec: {} }
  expect(bootstrap({ dataplane: zoneEgress, controlPlane, healthDiscovery: true }).hdsConfig).toBeUndefined()
})

test('only builtin gateways guard against overload', () => {
  const gateway = (type: string) => ({ dataplane: dataplane({ gateway: { type, tags: { 'kuma.io/service': 'edge' } } }) })
  expect(made(gateway('DELEGATED')).overloadManager).toBeUndefined()
  expect(made(gateway('BUILTIN')).overloadManager?.actions).toBeUndefined()
  const limited = made({ ...gateway('BUILTIN'), request: { ...request, resources: { maxHeapSizeBytes: 1 << 30 } } })
  expect(limited.overloadManager?.actions?.map((action) => action.name)).toEqual([
    'envoy.overload_actions.shrink_heap',
    'envoy.overload_actions.stop_accepting_requests',
  ])
})

test('equal requests give equal bytes, whatever the order of keys', () => {
  const bytes = (dynamicMetadata: Record<string, string>, dataplaneConfig: Record<string, unknown>) =>
    Bootstrap.encode(made({ request: { ...request, dynamicMetadata, dataplaneConfig } })).finish()
  expect(bytes({ a: '1', b: '2' }, { redirect: { x: 1, y: [1] } })).toEqual(bytes({ b: '2', a: '1' }, { redirect: { y: [1], x: 1 } }))
})

import { describe, expect, test } from 'vitest'
import { registry } from '../src/translate/kinds.js'
import type { DataplaneSpec } from '../src/core/kinds/dataplane.js'
import type { MeshSpec } from '../src/core/kinds/mesh.js'
import { applyAll } from '../src/core/apply.js'
import { type ParseResult, parse } from '../src/core/parse.js'
import type { Cluster } from '../src/gen/envoy/config/cluster/v3/cluster.js'
import { createFleet } from '../src/translate/fleet.js'
import { readInboundInterface, readOutboundInterface } from '../src/core/older/interface.js'

function today<Spec>(text: string): { spec: Spec; deprecated: string[]; rest: string[] } {
  const { resources, issues }: ParseResult = parse(text, registry)
  const lines = (wanted: boolean) =>
    issues.filter(({ level }) => (level === 'deprecated') === wanted).map((i) => `${i.position?.line} ${i.path}: ${i.message}`)
  return { spec: resources[0]?.spec as Spec, deprecated: lines(true), rest: lines(false) }
}

describe('Dataplane', () => {
  test('an inbound and an outbound by interface, tags without prefix', () => {
    const { spec, deprecated, rest } = today<DataplaneSpec>(`type: Dataplane
mesh: default
name: backend-1
networking:
  inbound:
  - interface: 127.0.0.1:8000:80
    tags:
      service: backend
      protocol: http
  outbound:
  - interface: :10000
    service: redis
`)
    expect(spec).toEqual({
      networking: {
        address: '127.0.0.1',
        inbound: [
          {
            port: 8000,
            servicePort: 80,
            serviceAddress: '127.0.0.1',
            tags: { 'kuma.io/service': 'backend', 'kuma.io/protocol': 'http' },
          },
        ],
        outbound: [{ port: 10000, tags: { 'kuma.io/service': 'redis' } }],
      },
    })
    expect(rest).toEqual([])
    expect(deprecated).toEqual([
      '8 networking.inbound[0].tags.service: is the spelling of Kuma 0.6; write kuma.io/service: "backend"',
      '9 networking.inbound[0].tags.protocol: is the spelling of Kuma 0.6; write kuma.io/protocol: "http"',
      '6 networking.inbound[0].interface: is the spelling of Kuma 0.5; write address: 127.0.0.1, port: 8000, servicePort: 80, ' +
        'serviceAddress: 127.0.0.1',
      '11 networking.outbound[0].interface: is the spelling of Kuma 0.5; write port: 10000',
      '12 networking.outbound[0].service: is the spelling of Kuma 1.1; write tags: {kuma.io/service: redis}',
    ])
  })

  test('an inbound without an address listens where the proxy is reached, and dials loopback', () => {
    const { spec } = today<DataplaneSpec>(`type: Dataplane
mesh: default
name: redis-1
networking:
  address: 192.168.0.1
  inbound:
  - interface: 9000:6379
    tags: {service: redis}
`)
    expect(spec.networking?.address).toBe('192.168.0.1')
    expect(spec.networking?.inbound?.[0]).toMatchObject({ port: 9000, servicePort: 6379, serviceAddress: '127.0.0.1' })
    expect(spec.networking?.inbound?.[0]?.address).toBeUndefined()
  })

  test('a second address stays with its inbound', () => {
    const { spec } = today<DataplaneSpec>(`type: Dataplane
mesh: default
name: two
networking:
  inbound:
  - {interface: '192.168.0.1:80:8080', tags: {service: a}}
  - {interface: '[2001:db8::1]:80:8080', tags: {service: b}}
`)
    expect(spec.networking?.address).toBe('192.168.0.1')
    expect(spec.networking?.inbound?.[1]).toMatchObject({ address: '2001:db8::1', port: 80, servicePort: 8080 })
  })

  test('an interface that is none is refused with what it should be', () => {
    const { spec, rest } = today(`type: Dataplane
mesh: default
name: a
networking:
  address: 10.0.0.1
  inbound:
  - interface: 10.0.0.1:http
    tags: {service: a}
`)
    expect(spec).toBeUndefined()
    expect(rest[0]).toBe(
      '7 networking.inbound[0].interface: expected ADDRESS:PORT:WORKLOAD_PORT, where ADDRESS is optional, such as 127.0.0.1:9000:6379, ' +
        'found "10.0.0.1:http"',
    )
  })

  test('one port to redirect to, metrics by type, a port in the name of a service', () => {
    const { spec } = today<DataplaneSpec>(`type: Dataplane
mesh: default
name: a
metrics: {prometheus: {port: 1234}}
networking:
  inbound: [{interface: '10.0.0.1:80:8080', tags: {service: a}}]
  outbound: [{interface: ':10001', service: b, servicePort: 99}]
  transparentProxying: {redirectPort: 15001}
`)
    expect(spec.metrics).toEqual({ name: 'prometheus-1', type: 'prometheus', conf: { port: 1234 } })
    expect(spec.networking?.transparentProxying).toEqual({ redirectPortInbound: 15006, redirectPortOutbound: 15001 })
    expect(spec.networking?.outbound?.[0]?.tags).toEqual({ 'kuma.io/service': 'b:99' })
  })

  test("today's spelling stays as it is, a tag called service too", () => {
    const { spec, deprecated } = today<DataplaneSpec>(`type: Dataplane
mesh: default
name: a
networking:
  address: 10.0.0.1
  inbound: [{port: 80, tags: {kuma.io/service: a, service: mine, protocol: mine}}]
`)
    expect(deprecated).toEqual([])
    expect(spec.networking?.inbound?.[0]?.tags).toEqual({ 'kuma.io/service': 'a', service: 'mine', protocol: 'mine' })
  })
})

describe('Mesh', () => {
  test.each([
    ['mtls: {enabled: true, ca: {builtin: {}}}', { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }],
    ['mtls: {ca: {builtin: {}}}', { backends: [{ name: 'ca-1', type: 'builtin' }] }],
    ['mtls: {enabled: true, ca: {provided: {}}}', { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'provided' }] }],
    ['mtls: {enabled: true}', { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }],
  ])('%s', (line, mtls) => {
    const { spec, deprecated, rest } = today<MeshSpec>(`type: Mesh\nname: default\n${line}\n`)
    expect(spec).toEqual({ mtls })
    expect(rest).toEqual([])
    expect(deprecated).toHaveLength(1)
  })

  test('backends named by their type, Prometheus without a list', () => {
    const { spec, rest } = today<MeshSpec>(`type: Mesh
name: default
logging: {defaultBackend: f, backends: [{name: f, file: {path: /tmp/a.log}}, {name: t, tcp: {address: 'h:1'}}]}
tracing: {backends: [{name: z, sampling: 10, zipkin: {url: 'http://z:9411/api'}}]}
metrics: {prometheus: {port: 5670}}
`)
    expect(rest).toEqual([])
    expect(spec.logging?.backends).toEqual([
      { name: 'f', type: 'file', conf: { path: '/tmp/a.log' } },
      { name: 't', type: 'tcp', conf: { address: 'h:1' } },
    ])
    expect(spec.tracing?.backends).toEqual([{ name: 'z', sampling: 10, type: 'zipkin', conf: { url: 'http://z:9411/api' } }])
    expect(spec.metrics).toEqual({
      enabledBackend: 'prometheus-1',
      backends: [{ name: 'prometheus-1', type: 'prometheus', conf: { port: 5670 } }],
    })
  })

  test('what only 0.2 wrote', () => {
    const { spec, rest } = today<MeshSpec>(`type: Mesh
name: default
tracing: {zipkin: {address: 'zipkin:9411'}}
logging: {accessLogs: {enabled: true, filePath: /tmp/a.log}}
`)
    expect(rest).toEqual([])
    expect(spec.tracing).toEqual({
      defaultBackend: 'zipkin-1',
      backends: [{ name: 'zipkin-1', type: 'zipkin', conf: { url: 'http://zipkin:9411/api/v2/spans' } }],
    })
    expect(spec.logging).toEqual({ defaultBackend: 'file-1', backends: [{ name: 'file-1', type: 'file', conf: { path: '/tmp/a.log' } }] })
  })
})

describe('policies', () => {
  test('TrafficRoute with a list of destinations', () => {
    const { spec, rest } = today(`type: TrafficRoute
mesh: default
name: r
sources: [{match: {service: web}}]
destinations: [{match: {service: backend}}]
conf:
- {weight: 90, destination: {service: backend, version: '1'}}
- {weight: 10, destination: {service: backend, version: '2'}}
`)
    expect(rest).toEqual([])
    expect(spec).toEqual({
      sources: [{ match: { 'kuma.io/service': 'web' } }],
      destinations: [{ match: { 'kuma.io/service': 'backend' } }],
      conf: {
        split: [
          { weight: 90, destination: { 'kuma.io/service': 'backend', version: '1' } },
          { weight: 10, destination: { 'kuma.io/service': 'backend', version: '2' } },
        ],
      },
    })
  })

  test('TrafficLog within rules, HealthCheck with active checks, ProxyTemplate without conf', () => {
    const both = '{sources: [{match: {service: a}}], destinations: [{match: {service: b}}], conf: {backend: f}}'
    expect(today(`{type: TrafficLog, mesh: m, name: l, rules: [${both}]}`).spec).toEqual({
      sources: [{ match: { 'kuma.io/service': 'a' } }],
      destinations: [{ match: { 'kuma.io/service': 'b' } }],
      conf: { backend: 'f' },
    })
    const check =
      '{activeChecks: {interval: 10s, timeout: 2s, unhealthyThreshold: 3, healthyThreshold: 1}, passiveChecks: {unhealthyThreshold: 3}}'
    const selectors = 'sources: [{match: {service: a}}], destinations: [{match: {service: b}}]'
    const health = today(`{type: HealthCheck, mesh: m, name: h, ${selectors}, conf: ${check}}`)
    expect(health.spec).toMatchObject({ conf: { interval: '10s', timeout: '2s', unhealthyThreshold: 3, healthyThreshold: 1 } })
    expect(health.deprecated).toContainEqual(
      expect.stringContaining('conf.passiveChecks: is the spelling of Kuma 0.5; write a CircuitBreaker'),
    )
    const template = '{type: ProxyTemplate, mesh: m, name: t, selectors: [{match: {service: a}}], imports: [default-proxy]}'
    expect(today(template).spec).toMatchObject({ conf: { imports: ['default-proxy'] } })
  })

  const permission = (rules: string) => today(`type: TrafficPermission\nmesh: default\nname: p\nrules: ${rules}\n`)

  test('rules that share a side become one permission', () => {
    const rule = (source: string) => `{sources: [{match: {service: ${source}}}], destinations: [{match: {service: c}}]}`
    expect(permission(`[${rule('a')}, ${rule('b')}]`).spec).toEqual({
      sources: [{ match: { 'kuma.io/service': 'a' } }, { match: { 'kuma.io/service': 'b' } }],
      destinations: [{ match: { 'kuma.io/service': 'c' } }],
    })
  })

  test('rules that would let more through when joined are refused', () => {
    const rule = (from: string, to: string) => `{sources: [{match: {service: ${from}}}], destinations: [{match: {service: ${to}}}]}`
    const { spec, rest } = permission(`[${rule('a', 'b')}, ${rule('c', 'd')}]`)
    expect(spec).toBeUndefined()
    expect(rest[0]).toContain('rules: holds rules that can not be one policy today')
  })
})

test.each([
  ['127.0.0.1:9000:6379', { address: '127.0.0.1', port: 9000, workloadPort: 6379 }],
  ['[::1]:9000:6379', { address: '::1', port: 9000, workloadPort: 6379 }],
  ['9000:6379', { port: 9000, workloadPort: 6379 }],
  [':9000:6379', { port: 9000, workloadPort: 6379 }],
  ['9000', undefined],
  ['a:b:c', undefined],
])('inbound interface %s', (text, read) => expect(readInboundInterface(text)).toEqual(read))

test.each([
  ['127.0.0.1:9090', { address: '127.0.0.1', port: 9090 }],
  ['[::1]:9090', { address: '::1', port: 9090 }],
  [':10000', { port: 10000 }],
  ['10000', { port: 10000 }],
  ['host', undefined],
])('outbound interface %s', (text, read) => expect(readOutboundInterface(text)).toEqual(read))

test('an inbound of 2019 reaches Envoy as then: its listener, and the application on loopback', () => {
  const { items } = parse(
    `type: Dataplane
mesh: default
name: dp-echo-1
networking:
  inbound:
  - interface: 127.0.0.1:10000:9000
    tags:
      service: echo
`,
    registry,
  )
  const { resources, refusals } = applyAll(items, { registry })
  expect(refusals).toEqual([])
  const { snapshot, issues } = createFleet(resources).translate({ mesh: 'default', name: 'dp-echo-1' })
  expect(issues.filter(({ level }) => level === 'error')).toEqual([])
  expect([...snapshot.listeners.keys()]).toContain('inbound:127.0.0.1:10000')
  const cluster = snapshot.clusters.get('localhost:9000')?.message as Cluster | undefined
  const host = cluster?.loadAssignment?.endpoints?.[0]?.lbEndpoints?.[0]?.hostIdentifier
  const endpoint = host?.$case === 'endpoint' ? host.endpoint.address?.address : undefined
  expect(endpoint?.$case === 'socketAddress' && endpoint.socketAddress).toMatchObject({
    address: '127.0.0.1',
    portSpecifier: { portValue: 9000 },
  })
})

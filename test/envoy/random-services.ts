import fc from 'fast-check'
import type { Resource } from '../../src/core/resource.js'
import { registry } from '../../src/translate/kinds.js'
import { placeholderCertificate } from '../../src/protojson/index.js'
import { casesOf, documentsOf, type JsonObject } from '../conformance/cases.js'
import refused from '../conformance/refused-by-envoy.json' with { type: 'json' }

/*
 * Random meshes over real services and the targetRef family: the mesh, its proxies and what they say of themselves are made up;
 * their policies are those that the conformance cases apply, any of them together, each about somebody else than it was.
 */

export interface RandomMesh {
  readonly resources: readonly Resource[]
  /** Of every proxy. */
  readonly metadata: Readonly<Record<string, unknown>>
}

const meshName = 'random'
const apps = ['web', 'orders', 'redis'] as const
const protocols = ['http', 'http2', 'grpc', 'tcp', 'kafka'] as const

type Spec = Record<string, unknown>

const resource = (type: string, name: string, spec: Spec, more: Partial<Resource> = {}): Resource => ({
  type,
  mesh: meshName,
  name,
  labels: {},
  spec,
  ...more,
})

const zoneLabels = (name: string) => ({
  'kuma.io/zone': 'default',
  'kuma.io/origin': 'zone',
  'kuma.io/env': 'universal',
  'kuma.io/mesh': meshName,
  'kuma.io/display-name': name,
})

/** The policies of every case of the corpus whose answer Envoy takes. */
const policies: readonly JsonObject[] = casesOf('targetref', (name) => !name.startsWith('bad-') && !name.startsWith('px-'))
  .filter(({ name }) => !refused.some((entry) => entry.case === `targetref/${name}`))
  .flatMap(({ input }) => documentsOf(input))
  .filter(({ type }) => registry.byType(String(type))?.policy?.matching === 'targetRef')
  // Kuma makes an empty hash policy of it, which Envoy refuses.
  .filter(({ spec }) => !JSON.stringify(spec).includes('"SourceIP"'))

/** Kinds that the random meshes draw from. */
export const policyKinds = [...new Set(policies.map(({ type }) => String(type)))].sort()

const targetRef = fc.oneof(
  fc.constant({ kind: 'Mesh' }),
  fc.constantFrom('Sidecar', 'Gateway').map((type) => ({ kind: 'Mesh', proxyTypes: [type] })),
  fc.constantFrom(...apps).map((app) => ({ kind: 'Dataplane', labels: { app } })),
  fc.constantFrom(...apps).map((app) => ({ kind: 'Dataplane', name: `${app}-1` })),
  fc.constantFrom(...apps).map((name) => ({ kind: 'MeshService', name })),
  fc.constantFrom('v1', 'v2').map((version) => ({ kind: 'MeshSubset', tags: { version } })),
)

/** A policy as it was, or about somebody else where its own rules allow that. */
const policy = fc.tuple(fc.constantFrom(...policies), fc.option(targetRef)).map(([document, target]) => {
  const spec = document['spec'] as Spec
  const retargeted = { ...spec, ...(target && { targetRef: target }) }
  const kind = registry.byType(String(document['type']))
  const fits = kind?.validate?.(retargeted, { name: 'x', mesh: meshName, labels: {} }).length === 0
  return { type: String(document['type']), spec: fits ? retargeted : spec }
})

const proxies = fc.tuple(...apps.map(() => fc.constantFrom(...protocols)), fc.boolean()).map(([web, orders, redis, transparent]) =>
  apps.flatMap((app, i) =>
    ['v1', 'v2'].map((version, n) => {
      const address = `10.20.${i}.${n + 1}`
      const tags = { 'kuma.io/service': app, 'kuma.io/protocol': String([web, orders, redis][i]), version, 'kuma.io/zone': 'default' }
      const outbound = [
        ...apps.map((to, k) => ({ port: 20_001 + k, tags: { 'kuma.io/service': to } })),
        ...apps.map((to, k) => ({ port: 21_001 + k, backendRef: { kind: 'MeshService', name: to, port: 8080 } })),
        { port: 22_001, backendRef: { kind: 'MeshExternalService', name: 'rates', port: 443 } },
      ]
      const redirected = { transparentProxying: { redirectPortInbound: 15_006, redirectPortOutbound: 15_001 } }
      const networking = { address, inbound: [{ port: 8080, name: 'main', tags }], ...(transparent ? redirected : { outbound }) }
      return resource(
        'Dataplane',
        `${app}-${n + 1}`,
        { networking },
        { labels: { ...zoneLabels(`${app}-${n + 1}`), app, 'kuma.io/workload': app } },
      )
    }),
  ),
)

const services = fc.constantFrom('Ready', 'NotReady').map((tls) => [
  ...apps.map((app, i) =>
    resource(
      'MeshService',
      app,
      {
        selector: { dataplaneTags: { 'kuma.io/service': app } },
        ports: [{ port: 8080, targetPort: 8080, appProtocol: i === 2 ? 'tcp' : 'http' }],
        identities: [{ type: 'ServiceTag', value: app }],
      },
      { labels: zoneLabels(app), status: { vips: [{ ip: `241.0.0.${i + 1}` }], tls: { status: tls } } },
    ),
  ),
  resource(
    'MeshExternalService',
    'rates',
    { match: { type: 'HostnameGenerator', port: 443, protocol: 'http' }, endpoints: [{ address: '192.0.2.9', port: 443 }] },
    { labels: zoneLabels('rates'), status: { vip: { ip: '242.0.0.1' } } },
  ),
  resource(
    'MeshMultiZoneService',
    'orders-anywhere',
    { selector: { meshService: { matchLabels: { 'kuma.io/display-name': 'orders' } } }, ports: [{ port: 8080, appProtocol: 'http' }] },
    {
      labels: { 'kuma.io/display-name': 'orders-anywhere' },
      status: { vips: [{ ip: '243.0.0.1' }], meshServices: [{ name: 'orders', mesh: meshName, zone: 'default' }] },
    },
  ),
])

const zoneProxies = [
  resource(
    'Dataplane',
    'exit-1',
    { networking: { address: '10.20.9.1', listeners: [{ type: 'ZoneEgress', name: 'out', address: '10.20.9.1', port: 10_002 }] } },
    { labels: { 'kuma.io/workload': 'exit' } },
  ),
  resource(
    'Dataplane',
    'door-1',
    { networking: { address: '10.20.9.2', listeners: [{ type: 'ZoneIngress', address: '10.20.9.2', port: 10_001 }] } },
    { labels: { 'kuma.io/workload': 'door' } },
  ),
]

const identity = [
  resource(
    'MeshIdentity',
    'workloads',
    { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled: { autogenerate: { enabled: true } } } },
    { labels: zoneLabels('workloads'), status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '' }] } },
  ),
  resource('MeshTrust', 'workloads', {
    trustDomain: `${meshName}.default.mesh.local`,
    caBundles: [{ type: 'Pem', pem: { value: placeholderCertificate } }],
  }),
]

const mesh = fc
  .tuple(fc.constantFrom('Disabled', 'Everywhere', 'ReachableBackends', 'Exclusive'), fc.constantFrom('STRICT', 'PERMISSIVE', undefined))
  .map(([mode, tls]) => {
    const mtls = tls && { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin', mode: tls }] }
    return { ...resource('Mesh', meshName, { meshServices: { mode }, ...(mtls && { mtls }) }), mesh: undefined }
  })

const withoutMtls = (mesh: Resource): Resource => ({ ...mesh, spec: { ...(mesh.spec as Spec), mtls: undefined } })

const metadata = fc.subarray([
  'feature-unified-resource-naming',
  'feature-reuse-port',
  'feature-strict-inbound-ports',
  'feature-otel-via-kuma-dp',
  'feature-bind-outbounds',
])

/** A mesh with up to eight policies. */
export const randomServices: fc.Arbitrary<RandomMesh> = fc
  .record({ mesh, proxies, services, metadata, identified: fc.boolean(), zoned: fc.boolean(), chosen: fc.array(policy, { maxLength: 8 }) })
  .map(({ mesh, proxies, services, metadata, identified, zoned, chosen }) => ({
    metadata: { features: metadata, workdir: '/tmp' },
    resources: [
      // Next to an identity of the workload, certificates of the mesh are not sent: what refers to them waits, which Envoy can't be asked about.
      identified ? withoutMtls(mesh) : mesh,
      ...proxies,
      ...services,
      ...(identified ? identity : []),
      ...(zoned ? zoneProxies : []),
      ...chosen.map(({ type, spec }, i) => resource(type, `policy-${i}`, spec, { labels: zoneLabels(`policy-${i}`) })),
    ],
  }))

import * as fc from 'fast-check'
import { parseObject } from '../core/parse.js'
import type { Resource } from '../core/resource.js'
import { registry } from '../translate/kinds.js'
import { arbitraryGateway } from './arbitrary-gateways.js'
import { type ArbitraryPolicy, arbitraryExternalService, arbitraryPolicies, externalServices } from './arbitrary-policies.js'
import { arbitraryRouteConf } from './arbitrary-routes.js'
import { type Pem, arbitrarySections, placeholderPem, secretsOf } from './arbitrary-sections.js'
import { arbitraryZoneProxies } from './arbitrary-zones.js'

/**
 * Random valid meshes for property tests. What they give are resources as the parser gives them, so every example can be
 * printed, applied to a control plane and translated.
 */
export interface ArbitraryMesh {
  readonly mesh: string
  readonly resources: readonly Resource[]
}

const services = ['web', 'orders', 'payments', 'redis', 'catalog'] as const
const versions = ['v1', 'v2', 'v3'] as const
const protocols = ['http', 'http2', 'grpc', 'tcp', 'kafka'] as const
const any = { 'kuma.io/service': '*' } as const

const service = () => fc.constantFrom(...services)
const version = () => fc.constantFrom(...versions)

/** Wildcards, a service, or a service and a tag. */
const selectors = () =>
  fc.array(
    fc.oneof(
      fc.constant({ match: any }),
      service().map((name) => ({ match: { 'kuma.io/service': name } })),
      fc.record({ name: service(), version: version() }).map((s) => ({ match: { 'kuma.io/service': s.name, version: s.version } })),
    ),
    { minLength: 1, maxLength: 2 },
  )

const destinations = () =>
  fc.array(
    fc.oneof(
      fc.constant({ match: any }),
      service().map((name) => ({ match: { 'kuma.io/service': name } })),
    ),
    { minLength: 1, maxLength: 2 },
  )

interface DataplaneShape {
  readonly service: string
  readonly protocol: string
  readonly version: string
  readonly ready: boolean
  readonly outbounds: readonly string[]
  readonly transparent: boolean
}

const dataplaneShape = (dialled: readonly string[]): fc.Arbitrary<DataplaneShape> =>
  fc.record({
    service: service(),
    protocol: fc.constantFrom(...protocols),
    version: version(),
    ready: fc.boolean(),
    outbounds: fc.uniqueArray(fc.constantFrom(...dialled), { maxLength: 4 }),
    transparent: fc.boolean(),
  })

function dataplane(mesh: string, index: number, shape: DataplaneShape): object {
  return {
    type: 'Dataplane',
    mesh,
    name: `${shape.service}-${index}`,
    networking: {
      address: `10.7.${Math.floor(index / 250)}.${(index % 250) + 1}`,
      inbound: [
        {
          port: 8080,
          servicePort: 18080,
          state: shape.ready ? 'Ready' : 'NotReady',
          tags: { 'kuma.io/service': shape.service, 'kuma.io/protocol': shape.protocol, version: shape.version },
        },
      ],
      ...(shape.transparent
        ? { transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 } }
        : { outbound: shape.outbounds.map((name, i) => ({ port: 20001 + i, tags: { 'kuma.io/service': name } })) }),
    },
  }
}

const mtls = () => fc.option(fc.constantFrom('STRICT', 'PERMISSIVE'), { nil: undefined })

const meshObject = (name: string) =>
  fc.record({ mode: mtls(), passthrough: fc.boolean(), locality: fc.boolean() }).map(({ mode, passthrough, locality }) => ({
    type: 'Mesh',
    name,
    skipCreatingInitialPolicies: ['*'],
    ...(mode ? { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode }] } } : {}),
    networking: { outbound: { passthrough } },
    routing: { localityAwareLoadBalancing: locality },
  }))

const trafficRoute = (mesh: string, modified: boolean) =>
  fc
    .record({ sources: selectors(), destinations: destinations(), conf: arbitraryRouteConf({ service, version }, modified) })
    .map((spec) => ({ type: 'TrafficRoute', mesh, ...spec }))

const trafficPermission = (mesh: string) =>
  fc.record({ sources: selectors(), destinations: selectors() }).map((sides) => ({ type: 'TrafficPermission', mesh, ...sides }))

export interface ArbitraryMeshOptions {
  /** Also the other source/destination policies, all sections of Mesh, external services, gateways and zone proxies. Default: no. */
  readonly policies?: boolean
  /** What secrets hold. Default: texts that are like a certificate and a key, which are enough for everything but Envoy. */
  readonly pem?: Pem
}

/** A mesh of the kinds that every mesh has: Mesh, Dataplane, TrafficPermission, TrafficRoute. */
export function arbitraryMesh(
  name = 'random',
  { policies = false, pem = placeholderPem }: ArbitraryMeshOptions = {},
): fc.Arbitrary<ArbitraryMesh> {
  return fc
    .record({
      mesh: meshObject(name),
      sections: policies ? arbitrarySections(pem) : fc.constant(undefined),
      dataplanes: fc.array(dataplaneShape(policies ? [...services, ...externalServices] : services), { minLength: 1, maxLength: 8 }),
      routes: fc.array(trafficRoute(name, policies), { maxLength: 3 }),
      permissions: fc.array(trafficPermission(name), { maxLength: 3 }),
      others: policies ? arbitraryPolicies({ selectors, destinations }) : fc.constant<ArbitraryPolicy[]>([]),
      outside: fc.array(arbitraryExternalService(pem), { maxLength: policies ? 3 : 0 }),
      gateway: policies ? arbitraryGateway(service) : fc.constant<object[]>([]),
      zones: policies ? arbitraryZoneProxies(name, service) : fc.constant<object[]>([]),
    })
    .map(({ mesh, sections, dataplanes, routes, permissions, others, outside, gateway, zones }) => ({
      mesh: name,
      resources: [
        sections ? { ...{ type: mesh.type, name, skipCreatingInitialPolicies: mesh.skipCreatingInitialPolicies }, ...sections } : mesh,
        ...(sections ? Object.entries(secretsOf(pem)).map(([secret, data]) => ({ type: 'Secret', mesh: name, name: secret, data })) : []),
        ...dataplanes.map((shape, i) => dataplane(name, i, shape)),
        ...outside.map((spec, i) => ({ type: 'ExternalService', mesh: name, name: `external-${i}`, ...spec })),
        ...gateway.map((resource) => ({ mesh: name, ...resource })),
        ...zones,
        ...[...routes, ...permissions, ...others.map(({ type, spec }) => ({ type, mesh: name, ...spec }))].map((policy, i) => ({
          ...policy,
          name: `policy-${i}`,
          creationTime: `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`,
        })),
      ].map(parsed),
    }))
}

/** One change of a mesh: a resource put in place, or one taken away. */
export type ArbitraryEdit = { readonly op: 'put'; readonly resource: Resource } | { readonly op: 'delete'; readonly index: number }

/** A mesh and a sequence of edits. An edit that deletes means the resource at `index`, modulo how many there are but the Mesh. */
export function arbitraryEdits(name = 'random'): fc.Arbitrary<{ readonly start: ArbitraryMesh; readonly edits: readonly ArbitraryEdit[] }> {
  const put = arbitraryMesh(name).chain(({ resources }) =>
    fc.constantFrom(...resources).map((resource): ArbitraryEdit => ({ op: 'put', resource })),
  )
  const remove = fc.nat({ max: 100 }).map((index): ArbitraryEdit => ({ op: 'delete', index }))
  return fc.record({ start: arbitraryMesh(name), edits: fc.array(fc.oneof(put, remove), { maxLength: 12 }) })
}

function parsed(value: object): Resource {
  const { resources, issues } = parseObject(value, registry)
  const [resource] = resources
  if (!resource) throw new Error(`an arbitrary made an invalid resource: ${JSON.stringify(issues)}`)
  return resource
}

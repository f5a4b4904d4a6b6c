import { expect, it } from 'vitest'
import type { ServiceInsightSpec } from '../kinds/internal.js'
import type { MeshSpec } from '../kinds/mesh.js'
import type { Resource } from '../resource.js'
import { tlsReadyServices } from '../service-insight.js'
import type { ProxyFacts } from './proxy-facts.js'
import type { Dataplane } from './selected-proxies.js'
import { tlsReadiness } from './tls-readiness.js'

const mesh = (spec: MeshSpec): Resource<MeshSpec> => ({ type: 'Mesh', name: 'shop', labels: {}, spec })
const on = mesh({ mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin', mode: 'PERMISSIVE' }] } })
const dataplane = (name: string, ...services: string[]): Dataplane => ({
  type: 'Dataplane',
  mesh: 'shop',
  name,
  labels: {},
  spec: { networking: { inbound: services.map((service, i) => ({ port: 80 + i, tags: { 'kuma.io/service': service } })) } },
})
const proxies = [dataplane('web-1', 'web', 'admin'), dataplane('web-2', 'web'), dataplane('job')]

function insight(certified: Readonly<Record<string, string>>, before?: Resource<ServiceInsightSpec>, meshNow = on, dataplanes = proxies) {
  const factsOf = ({ name }: Resource): ProxyFacts =>
    Object.hasOwn(certified, name) ? { connected: true, certifiedBy: certified[name] } : { connected: false }
  return tlsReadiness({ meshes: [meshNow], dataplanes, externalServices: [], insights: before ? [before] : [], factsOf })
}
const readyIn = ({ put }: ReturnType<typeof insight>) => [...tlsReadyServices(put)]
const first = (of: ReturnType<typeof insight>) => of.put[0] as Resource<ServiceInsightSpec>

it('a service takes TLS once each of its proxies has a certificate', () => {
  expect(insight({})).toEqual({ put: [], removed: [] })
  expect(readyIn(insight({ 'web-1': 'ca-1' }))).toEqual(['admin'])
  const all = insight({ 'web-1': 'ca-1', 'web-2': 'ca-2' })
  expect(readyIn(all)).toEqual(['admin', 'web'])
  expect(first(all)).toMatchObject({
    ...{ type: 'ServiceInsight', mesh: 'shop', name: 'all-services-shop' },
    spec: { services: { web: { dataplanes: { total: 2, online: 2, offline: 0 }, issuedBackends: { 'ca-1': 1, 'ca-2': 1 } } } },
  })
})

it('and from then on, whatever proxies come, until it has none', () => {
  const before = first(insight({ 'web-1': 'ca-1', 'web-2': 'ca-1' }))
  const more = insight({}, before, on, [...proxies, dataplane('web-3', 'web')])
  expect(more.put).toEqual([before])
  expect(readyIn(insight({}, before, on, [dataplane('web-1', 'web')]))).toEqual(['web'])
  expect(insight({}, before, on, []).removed).toEqual([{ type: 'ServiceInsight', mesh: 'shop', name: 'all-services-shop' }])
})

it('also as long as all have to take it, not where nobody does or services are MeshServices', () => {
  const certified = { 'web-1': 'ca-1', 'web-2': 'ca-1' }
  const before = first(insight(certified))
  const strict = mesh({ mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } })
  expect(readyIn(insight(certified, before, strict))).toEqual(['admin', 'web'])
  for (const off of [mesh({}), mesh({ ...on.spec, meshServices: { mode: 'Exclusive' } })]) {
    expect(insight(certified, before, off)).toMatchObject({ put: [], removed: [{ name: 'all-services-shop' }] })
  }
})

it('services outside of the mesh are not waited for', () => {
  const outside = { type: 'ExternalService', mesh: 'shop', name: 'bank', labels: {}, spec: { tags: { 'kuma.io/service': 'bank' } } }
  const found = tlsReadiness({
    meshes: [on],
    dataplanes: [],
    externalServices: [outside],
    insights: [],
    factsOf: () => ({ connected: false }),
  })
  expect([...tlsReadyServices(found.put)]).toEqual(['bank'])
})

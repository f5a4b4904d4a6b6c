import { describe, expect, it } from 'vitest'
import { applyAll } from '../apply.js'
import { createRegistry } from '../kind.js'
import { coreKinds } from '../kinds/index.js'
import { parse } from '../parse.js'
import type { Resource } from '../resource.js'
import { defaultGenerators } from './hostnames.js'
import { keepUp } from './index.js'

const registry = createRegistry(coreKinds)
const shop = "type: Mesh\nname: shop\nskipCreatingInitialPolicies: ['*']\nmeshServices: { mode: Exclusive }\n"

interface Options {
  readonly certificateOf?: () => string
}

/** What a control plane has after a text was applied, by type and name. */
function kept(yaml: string, options: Options = {}): Record<string, Resource> {
  const { resources, refusals } = applyAll(parse(yaml, registry).items, { registry, ...options })
  expect(refusals).toEqual([])
  return Object.fromEntries(resources.map((resource) => [`${resource.type}/${resource.name}`, resource]))
}

const dataplane = (name: string, inbounds: readonly object[], labels: object = {}) =>
  `---\n${JSON.stringify({ type: 'Dataplane', mesh: 'shop', name, labels, networking: { address: '10.0.0.1', inbound: inbounds } })}\n`
const inbound = (service: string, port = 8080, more: object = {}) => ({ port, tags: { 'kuma.io/service': service }, ...more })
const service = (name: string, spec: object, type = 'MeshService', labels: object = {}) =>
  `---\n${JSON.stringify({ type, mesh: 'shop', name, labels, spec })}\n`
const generator = (name: string, template: string, selector: object = { meshService: {} }) =>
  `---\n${JSON.stringify({ type: 'HostnameGenerator', name, spec: { selector, template } })}\n`

const status = (resource: Resource | undefined) => resource?.status as Record<string, any>
const hostnames = (resource: Resource | undefined) => status(resource)['addresses']?.map(({ hostname }: { hostname: string }) => hostname)
const reasons = (resource: Resource | undefined) =>
  status(resource)['hostnameGenerators'].map(({ conditions }: any) => `${conditions[0].reason} ${conditions[0].message}`.trim())

describe('what comes of Dataplanes', () => {
  it('a MeshService for each service and a Workload for each workload, where the name can be a host name', () => {
    const web = inbound('web', 8080, { name: 'main', protocol: 'http' })
    const all = kept(shop + dataplane('web-1', [web, inbound('web', 9090), inbound('a_b')], { 'kuma.io/workload': 'front' }))
    expect(Object.keys(all).filter((key) => /MeshService|Workload/.test(key))).toEqual(['MeshService/web', 'Workload/front'])
    expect(all['MeshService/web']).toMatchObject({
      labels: { 'kuma.io/managed-by': 'meshservice-generator', 'kuma.io/origin': 'zone', 'kuma.io/display-name': 'web' },
      spec: {
        state: 'Available',
        selector: { dataplaneTags: { 'kuma.io/service': 'web' } },
        ports: [
          { name: 'main', port: 8080, targetPort: 8080, appProtocol: 'http' },
          { name: '9090', port: 9090, targetPort: 9090, appProtocol: 'tcp' },
        ],
        identities: [
          { type: 'ServiceTag', value: 'a_b' },
          { type: 'ServiceTag', value: 'web' },
        ],
      },
    })
    expect(all['Workload/front']?.status).toEqual({ dataplaneProxies: { connected: 0, healthy: 1, total: 1 } })
  })

  it('no MeshService where the mesh wants none, or somebody made it', () => {
    expect(kept(`${shop.replace('Exclusive', 'Disabled')}${dataplane('web-1', [inbound('web')])}`)).not.toHaveProperty('MeshService/web')
    const own = kept(`${shop}${service('web', { ports: [{ port: 1 }] })}${dataplane('web-1', [inbound('web')])}`)
    expect(own['MeshService/web']?.spec).toEqual({ state: 'Unavailable', selector: {}, ports: [{ port: 1, appProtocol: 'tcp' }] })
  })

  it('nothing where another control plane did all that already', () => {
    const stored = dataplane('web-1', [inbound('web')]).replace('"name"', '"creationTime":"2024-01-01T00:00:00Z","name"')
    expect(Object.keys(kept(`${shop}${stored}`)).filter((key) => key.startsWith('MeshService'))).toEqual([])
  })
})

describe('the state of real services', () => {
  it('is available as soon as one proxy has every port ready', () => {
    const ports = [
      { port: 80, targetPort: 8080 },
      { port: 81, targetPort: 'admin' },
    ]
    const orders = service('orders', { selector: { dataplaneTags: { 'kuma.io/service': 'orders' } }, ports })
    const half = dataplane('orders-1', [inbound('orders'), inbound('orders', 9090, { name: 'admin', state: 'NotReady' })])
    expect(kept(`${shop}${orders}${half}`)['MeshService/orders']).toMatchObject({
      spec: { state: 'Unavailable' },
      status: { dataplaneProxies: { total: 1 } },
    })
    const whole = dataplane('orders-2', [inbound('orders'), inbound('orders', 9090, { name: 'admin' })])
    expect(kept(`${shop}${orders}${half}${whole}`)['MeshService/orders']).toMatchObject({
      spec: { state: 'Available' },
      status: { dataplaneProxies: { healthy: 1, total: 2 }, tls: { status: 'NotReady' } },
    })
  })

  it('has an address of the range of its kind that nobody has', () => {
    const taken = service('a', {}).replace('"name"', '"status":{"vips":[{"ip":"241.0.0.0"}]},"name"')
    const all = kept(`${shop}${taken}${service('b', {})}${service('c', {})}${service('e', { match: { port: 80 } }, 'MeshExternalService')}`)
    expect(status(all['MeshService/a'])['vips']).toEqual([{ ip: '241.0.0.0' }])
    expect(status(all['MeshService/b'])['vips']).toEqual([{ ip: '241.0.0.1' }])
    expect(status(all['MeshService/c'])['vips']).toEqual([{ ip: '241.0.0.2' }])
    expect(status(all['MeshExternalService/e'])['vip']).toEqual({ ip: '242.0.0.0' })
  })

  it('lists what a MeshMultiZoneService selects', () => {
    const of = (label: string) =>
      service('all', { selector: { meshService: { matchLabels: { team: label } } }, ports: [{ port: 80 }] }, 'MeshMultiZoneService')
    const services = service('b', {}, 'MeshService', { team: 'x' }) + service('a', {}, 'MeshService', { team: 'x' })
    expect(kept(`${shop}${services}${of('x')}`)['MeshMultiZoneService/all']?.status).toMatchObject({
      vips: [{ ip: '243.0.0.0' }],
      meshServices: [
        { name: 'a', zone: 'default', mesh: 'shop' },
        { name: 'b', zone: 'default', mesh: 'shop' },
      ],
      conditions: [{ status: 'True', message: 'Matched 2 MeshService(s)' }],
    })
    expect(status(kept(`${shop}${services}${of('y')}`)['MeshMultiZoneService/all'])['conditions'][0].reason).toBe('NoMatchesFound')
  })
})

describe('host names', () => {
  it('are made by every generator that selects the service, those of the control plane itself first', () => {
    const all = kept(
      shop +
        service('orders', {}) +
        generator('b', '{{ .Name }}.{{ .Mesh }}.{{ .Zone }}') +
        service('e', { match: { port: 1 } }, 'MeshExternalService'),
    )
    expect(hostnames(all['MeshService/orders'])).toEqual(['orders.shop.default', 'orders.svc.mesh.local'])
    expect(hostnames(all['MeshExternalService/e'])).toEqual(['e.extsvc.mesh.local'])
  })

  it('belong to who has them first; a template may also fail or make no host name', () => {
    const all = kept(`${shop}${service('a', {})}${service('b', {})}${generator('same', 'same.corp')}${generator('wrong', '{{ .Name }}_x')}`)
    expect(hostnames(all['MeshService/b'])).toEqual(['b.svc.mesh.local'])
    expect(reasons(all['MeshService/a'])).toEqual([
      'Generated',
      'Generated',
      expect.stringContaining('TemplateError generated hostname "a_x" is not a valid DNS name'),
    ])
    expect(reasons(all['MeshService/b'])[1]).toBe('Collision Hostname collision with MeshService: b')
  })
})

it('changes nothing where all is as it should be', () => {
  const all = kept(
    shop +
      service('orders', { selector: { dataplaneTags: { 'kuma.io/service': 'orders' } }, ports: [{ port: 80 }] }) +
      service(
        'all',
        { selector: { meshService: { matchLabels: { 'kuma.io/zone': 'default' } } }, ports: [{ port: 80 }] },
        'MeshMultiZoneService',
      ) +
      generator('same', 'same.corp') +
      dataplane('orders-1', [inbound('orders'), inbound('web')], { 'kuma.io/workload': 'orders' }),
  )
  expect(Object.keys(all)).toContain('MeshService/web')
  expect(keepUp([...defaultGenerators, ...Object.values(all)], { zone: 'default' })).toEqual({ changed: [], removed: [] })
})

describe('MeshIdentities', () => {
  const identity = (bundled: object, more: object = {}) =>
    service('id', { selector: { dataplane: { matchLabels: {} } }, provider: { type: 'Bundled', bundled }, ...more }, 'MeshIdentity')
  const selfMade = { autogenerate: { enabled: true }, insecureAllowSelfSigned: true }
  const certificateOf = () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const ready = (resource: Resource | undefined) => status(resource)['conditions'].at(-1)
  const web = dataplane('web-1', [inbound('web')], { 'kuma.io/workload': 'web' })

  it('make their CA trusted and give services SPIFFE ids', () => {
    const all = kept(`${shop}${identity(selfMade)}${web}`, { certificateOf })
    expect(ready(all['MeshIdentity/id'])).toMatchObject({ status: 'True' })
    expect(all['MeshTrust/id']).toMatchObject({
      labels: {},
      spec: { trustDomain: 'shop.default.mesh.local', caBundles: [{ type: 'Pem', pem: { value: certificateOf() } }] },
      status: { origin: { kri: 'kri_mid_shop_default__id_' } },
    })
    expect(all['MeshService/web']).toMatchObject({
      spec: { identities: [{ value: 'web' }, { type: 'SpiffeID', value: 'spiffe://shop.default.mesh.local/workload/web' }] },
      status: { tls: { status: 'Ready' } },
    })
  })

  it('make no MeshTrust where told so, and nothing before there is a CA', () => {
    const all = kept(`${shop}${identity({ ...selfMade, meshTrustCreation: 'Disabled' })}${web}`, { certificateOf })
    expect(all).not.toHaveProperty('MeshTrust/id')
    expect(status(all['MeshService/web'])['tls']).toEqual({ status: 'NotReady' })
    expect(kept(`${shop}${identity(selfMade)}`)['MeshIdentity/id']?.status).toBeUndefined()
  })

  it('say why they are not ready', () => {
    const off = kept(`${shop.replace('Exclusive', 'Everywhere')}${identity(selfMade)}`, { certificateOf })['MeshIdentity/id']
    expect(status(off)['conditions'].map(({ reason }: { reason: string }) => reason)).toEqual(['MeshServicesDisabled', 'Failure'])
    const own = kept(`${shop}${identity({ autogenerate: { enabled: true } })}`, { certificateOf })['MeshIdentity/id']
    expect(status(own)['conditions'][0].message).toBe('self-signed certificates are not allowed')
    const names = kept(`${shop}${service('id', { selector: { dataplane: {} } }, 'MeshIdentity')}${web}`)
    expect(ready(names['MeshIdentity/id'])).toMatchObject({ status: 'False', reason: 'PartiallyReady' })
    expect(names['MeshService/web']?.spec).toMatchObject({ identities: [{ type: 'ServiceTag' }, { type: 'SpiffeID' }] })
  })
})

import { describe, expect, it } from 'vitest'
import { type ControlPlane, dataplane, withMesh } from './control-plane.js'

const connected = { connectTime: '2026-01-01T00:00:00Z' }
const version = { kumaDp: { version: '2.14.3' }, envoy: { version: '1.37.0' } }

async function filled(): Promise<ControlPlane> {
  const cp = await withMesh()
  await cp.apply({ type: 'Mesh', name: 'empty', skipCreatingInitialPolicies: ['*'] })
  const keep = (name: string, spec: object) => cp.keep({ type: 'DataplaneInsight', mesh: 'default', name, spec })
  await cp.apply(dataplane('web-1'))
  await keep('web-1', {
    subscriptions: [
      { ...connected, disconnectTime: '2026-01-01T00:00:01Z' },
      { ...connected, version },
    ],
    mTLS: { issuedBackend: 'ca-1', supportedBackends: ['ca-1'] },
  })
  await cp.apply(dataplane('web-2'))
  await cp.apply(
    dataplane('half', {
      networking: {
        address: '10.0.0.1',
        inbound: [
          { port: 1, tags: { 'kuma.io/service': 'half' } },
          { port: 2, state: 'NotReady', tags: { 'kuma.io/service': 'half' } },
        ],
      },
    }),
  )
  await keep('half', { subscriptions: [connected] })
  await cp.apply(dataplane('edge', { networking: { address: '10.0.0.1', gateway: { tags: { 'kuma.io/service': 'edge' } } } }))
  await keep('edge', { subscriptions: [connected] })
  const permission = { sources: [{ match: { 'kuma.io/service': '*' } }], destinations: [{ match: { 'kuma.io/service': '*' } }] }
  await cp.apply({ type: 'TrafficPermission', mesh: 'default', name: 'all', ...permission })
  return cp
}

describe('overviews', () => {
  it('are a dataplane with its insight', async () => {
    const cp = await filled()
    const list = (await cp.get('/meshes/default/dataplanes/_overview')).body['items'] as object[]
    expect(list).toHaveLength(4)
    expect(list[2]).toEqual({
      type: 'DataplaneOverview',
      mesh: 'default',
      name: 'web-1',
      creationTime: expect.any(String),
      modificationTime: expect.any(String),
      labels: expect.objectContaining({ 'kuma.io/proxy-type': 'sidecar' }),
      kri: 'kri_dp_default_default__web-1_',
      dataplane: {
        networking: { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web', 'kuma.io/zone': 'default' } }] },
      },
      dataplaneInsight: {
        subscriptions: [
          { connectTime: '2026-01-01T00:00:00Z', disconnectTime: '2026-01-01T00:00:01Z' },
          { connectTime: '2026-01-01T00:00:00Z', version },
        ],
        mTLS: { issuedBackend: 'ca-1', supportedBackends: ['ca-1'] },
      },
    })
    expect(list[3]).not.toHaveProperty('dataplaneInsight')
    for (const path of ['/meshes/default/dataplanes+insights', '/dataplanes/_overview', '/dataplanes+insights']) {
      expect((await cp.get(path)).body['items']).toEqual(list)
    }
    for (const path of ['/meshes/default/dataplanes/web-1/_overview', '/meshes/default/dataplanes+insights/web-1']) {
      expect((await cp.get(path)).body).toEqual(list[2])
    }
    expect((await cp.get('/meshes/default/dataplanes/web-2/_overview')).body['dataplaneInsight']).toEqual({})
  })

  it('of zones and zone proxies', async () => {
    const cp = await filled()
    await cp.apply({ type: 'Zone', name: 'east', enabled: true })
    await cp.keep({ type: 'ZoneInsight', name: 'east', spec: { subscriptions: [connected] } })
    const overview = { type: 'ZoneOverview', name: 'east', zone: { enabled: true } }
    for (const path of ['/zones/_overview', '/zones+insights']) expect((await cp.get(path)).body).toMatchObject({ items: [overview] })
    for (const path of ['/zoneingresses+insights', '/zoneegressoverviews', '/zoneegresses/_overview', '/zone-ingresses/_overview']) {
      expect((await cp.get(path)).body).toMatchObject({ total: 0 })
    }
  })
})

describe('service insights', () => {
  const web = {
    type: 'ServiceInsight',
    mesh: 'default',
    name: 'web',
    status: 'partially_degraded',
    dataplanes: { total: 2, online: 1, offline: 1 },
    issuedBackends: { 'ca-1': 1 },
    addressPort: 'web.mesh:80',
    zones: ['default'],
  }

  it('count the proxies of each service', async () => {
    const cp = await filled()
    const { body } = await cp.get('/meshes/default/service-insights')
    expect(body).toMatchObject({ total: 3, next: null })
    expect(body['items']).toMatchObject([
      { name: 'edge', status: 'online', dataplanes: { total: 1, online: 1 }, serviceType: 'gateway_delegated' },
      { name: 'half', status: 'offline', dataplanes: { total: 2, offline: 2 }, addressPort: 'half.mesh:80' },
      web,
    ])
    expect((await cp.get('/meshes/default/service-insights/web')).body).toMatchObject(web)
    expect((await cp.get('/service-insights?name=we')).body).toMatchObject({ total: 1, items: [web] })
    expect((await cp.get('/service-insights?type=gateway_delegated,%20external')).body).toMatchObject({
      total: 1,
      items: [{ name: 'edge' }],
    })
    expect(await cp.get('/service-insights?type=odd')).toMatchObject({ status: 400, body: { title: 'Bad Request' } })
    expect((await cp.get('/service-insights?size=1&offset=1')).body).toMatchObject({ total: 3, items: [{ name: 'half' }] })
  })

  it('leave services to MeshServices where those are used', async () => {
    const cp = await filled()
    await cp.apply({ type: 'Mesh', name: 'default', meshServices: { mode: 'Exclusive' }, skipCreatingInitialPolicies: ['*'] })
    expect((await cp.get('/meshes/default/service-insights')).body).toMatchObject({ total: 1, items: [{ name: 'edge' }] })
  })
})

it('mesh insights count what is in a mesh', async () => {
  const cp = await filled()
  const { body } = await cp.get('/mesh-insights/default')
  expect(body).toEqual({
    type: 'MeshInsight',
    name: 'default',
    creationTime: expect.any(String),
    modificationTime: expect.any(String),
    dataplanes: { total: 4, online: 2, offline: 1, partiallyDegraded: 1 },
    policies: { TrafficPermission: { total: 1 } },
    dpVersions: {
      kumaDp: { '2.14.3': { total: 1, online: 1 }, unknown: { total: 3, online: 1, offline: 1, partiallyDegraded: 1 } },
      envoy: { '1.37.0': { total: 1, online: 1 }, unknown: { total: 3, online: 1, offline: 1, partiallyDegraded: 1 } },
    },
    mTLS: { issuedBackends: { 'ca-1': { total: 1, online: 1 } }, supportedBackends: { 'ca-1': { total: 1, online: 1 } } },
    services: { total: 3, internal: 3 },
    dataplanesByType: {
      standard: { total: 3, online: 1, offline: 1, partiallyDegraded: 1 },
      gateway: { total: 1, online: 1 },
      gatewayBuiltin: {},
      gatewayDelegated: { total: 1, online: 1 },
    },
    resources: { Dataplane: { total: 4 }, TrafficPermission: { total: 1 } },
  })
  expect((await cp.get('/mesh-insights')).body).toMatchObject({ total: 2, items: [body, { name: 'empty', dataplanes: {} }] })
})

it('global insights count what is outside of meshes', async () => {
  const cp = await filled()
  expect((await cp.get('/global-insights')).body).toMatchObject({
    type: 'GlobalInsights',
    resources: { Mesh: { total: 2 }, Zone: { total: 0 } },
  })
})

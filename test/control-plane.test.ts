import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KumaError } from '../src/core/errors.js'
import type { DataplaneInsightSpec } from '../src/core/kinds/dataplane-insight.js'
import type { Resource } from '../src/core/resource.js'
import type { Store } from '../src/core/store.js'
import { ClusterLoadAssignment } from '../src/gen/envoy/config/endpoint/v3/endpoint.js'
import { createApi, issueRoutes } from '../src/server/index.js'
import { createOutsideData } from '../src/server/outside-data.js'
import { createMeshCas, planMeshCas } from '../src/server/ca/plan.js'
import { type ControlPlane, type ControlPlaneOptions, createControlPlane } from '../src/server/control-plane.js'
import { type AdsServer, createAdsServer } from '../src/server/grpc.js'
import { createIdentityProvider } from '../src/server/identity/provider.js'
import type { LogFields } from '../src/server/log.js'
import { ResourceWriter } from '../src/server/resource-writer.js'
import { type XdsMetrics, noMetrics } from '../src/server/xds-metrics.js'
import { createMemoryStore } from '../src/store/memory.js'
import { registry } from '../src/translate/kinds.js'
import { about } from './api/control-plane.js'
import { type TestProxy, type ProxyOptions, deltaProxy, sotwProxy } from './xds/proxy.js'

const mesh = (name: string, spec: unknown = {}): Resource => ({ type: 'Mesh', name, labels: {}, spec })
const dataplane = (name: string, service: string, address: string, outbounds: readonly string[] = [], inMesh = 'default'): Resource => ({
  type: 'Dataplane',
  mesh: inMesh,
  name,
  labels: {},
  spec: {
    networking: {
      address,
      inbound: [{ port: 8080, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' } }],
      outbound: outbounds.map((to, i) => ({ port: 10_000 + i, address: '127.0.0.1', tags: { 'kuma.io/service': to } })),
    },
  },
})
const route = (version: string): Resource => ({
  type: 'MeshTimeout',
  mesh: 'default',
  name: 'timeout',
  labels: {},
  spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: version } }] },
})

const port = (bytes: Uint8Array | undefined) =>
  (ClusterLoadAssignment.decode(bytes ?? new Uint8Array()).endpoints ?? []).flatMap(({ lbEndpoints = [] }) =>
    lbEndpoints.map(({ hostIdentifier }) => {
      const address = hostIdentifier?.$case === 'endpoint' ? hostIdentifier.endpoint.address?.address : undefined
      return address?.$case === 'socketAddress' ? address.socketAddress.address : undefined
    }),
  )

const insightOf = (name: string): Resource => ({ type: 'DataplaneInsight', mesh: 'default', name, labels: {}, spec: {} })

interface Running {
  readonly store: Store
  readonly controlPlane: ControlPlane
  readonly server: AdsServer
  readonly address: string
  readonly logged: { readonly message: string; readonly fields: LogFields }[]
  /** How many proxies have issues. */
  withIssues(): number
  /** Configurations that were worked out, by what became of them. */
  readonly generated: string[]
}

let running: Running[] = []
let proxies: TestProxy[] = []

async function start(options: Partial<ControlPlaneOptions> = {}): Promise<Running> {
  const store = options.store ?? createMemoryStore()
  const logged: Running['logged'] = []
  const generated: string[] = []
  const say = (message: string, fields: LogFields = {}) => void logged.push({ message, fields })
  let issues = 0
  const metrics: XdsMetrics = {
    ...noMetrics,
    generated: (result) => void generated.push(result),
    proxyWithIssues: (change) => void (issues += change),
  }
  const controlPlane = await createControlPlane({
    store,
    registry,
    zone: 'default',
    instanceId: 'cp-1',
    authenticator: { required: false, authenticate: async () => {} },
    insights: { urgentMs: 0, flushMs: 0 },
    log: { debug() {}, info: say, warn: say, error: say },
    metrics,
    ...options,
  })
  const server = createAdsServer({ host: controlPlane, instanceId: 'cp-1' })
  const address = `127.0.0.1:${await server.listen({ port: 0 })}`
  const made = { store, controlPlane, server, address, logged, generated, withIssues: () => issues }
  running.push(made)
  return made
}

function connect(which: 'sotw' | 'delta', options: ProxyOptions): TestProxy {
  const proxy = (which === 'sotw' ? sotwProxy : deltaProxy)(options)
  proxies.push(proxy)
  return proxy
}

const put = (store: Store, ...resources: Resource[]) => store.write(resources.map((resource) => ({ op: 'put', resource })))

/** Waits until the store's insight fits. */
async function insight(store: Store, name: string, fits: (spec: DataplaneInsightSpec) => boolean): Promise<DataplaneInsightSpec> {
  for (;;) {
    const stored = await store.get({ type: 'DataplaneInsight', mesh: 'default', name })
    const spec = stored?.resource.spec as DataplaneInsightSpec | undefined
    if (spec && fits(spec)) return spec
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

beforeEach(() => {
  running = []
  proxies = []
})
afterEach(async () => {
  for (const proxy of proxies) proxy.close()
  for (const { server, controlPlane } of running) {
    await server.close()
    await controlPlane.close()
  }
})

describe.each(['sotw', 'delta'] as const)('a control plane (%s)', (which) => {
  it('tells proxies of changes as they are committed', async () => {
    const { store, address } = await start()
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1', ['api']), dataplane('api-1', 'api', '10.0.0.2'))
    const web = connect(which, { address, id: 'default.web-1' })
    await web.until(({ endpoints, listeners }) => endpoints.has('api') && listeners.has('outbound:127.0.0.1:10000'))
    expect(port(web.held.endpoints.get('api'))).toEqual(['10.0.0.2'])

    await put(store, dataplane('api-1', 'api', '10.0.0.3'))
    await web.until(({ endpoints }) => port(endpoints.get('api')).join() === '10.0.0.3')

    const before = web.responses.length
    await put(store, dataplane('api-2', 'api', '10.0.0.4'))
    await web.until(({ endpoints }) => port(endpoints.get('api')).length === 2)
    expect(web.responses.slice(before).map(({ type }) => type)).toEqual(['endpoints'])
  })

  it('adds what is new before it is used, and drops what is not used any more', async () => {
    const { store, address } = await start()
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1', ['api']), dataplane('api-1', 'api', '10.0.0.2'))
    await put(store, dataplane('db-1', 'db', '10.0.0.5'))
    const web = connect(which, { address, id: 'default.web-1' })
    await web.until(({ endpoints, listeners }) => endpoints.has('api') && listeners.has('outbound:127.0.0.1:10000'))
    const before = web.responses.length
    await put(store, dataplane('web-1', 'web', '10.0.0.1', ['db']))
    await web.until(({ clusters }) => clusters.has('db') && !clusters.has('api'))
    const types = web.responses.slice(before).map(({ type }) => type)
    expect(types.slice(0, 3)).toEqual(['clusters', 'endpoints', 'listeners'])
    expect(types.indexOf('clusters', 1)).toBeGreaterThan(types.indexOf('listeners'))
    expect(web.held.endpoints.has('db')).toBe(true)
  })

  it('works nothing out and sends nothing for what changes nothing', async () => {
    const { store, address, generated } = await start()
    await put(store, mesh('default'), mesh('other'), dataplane('web-1', 'web', '10.0.0.1'))
    const web = connect(which, { address, id: 'default.web-1' })
    await web.until(({ listeners }) => listeners.size > 0)
    await insight(store, 'web-1', ({ subscriptions }) => (subscriptions?.[0]?.status?.total?.responsesAcknowledged ?? 0) >= 2)
    expect(generated).toEqual(['changed'])
    const before = web.responses.length
    const same = dataplane('web-1', 'web', '10.0.0.1')
    await put(store, same)
    await put(store, { ...same, modificationTime: '2026-03-01T00:00:00Z' })
    await put(store, dataplane('x-1', 'x', '10.9.0.1', [], 'other'))
    await put(store, { ...insightOf('web-1'), spec: { subscriptions: [{ id: 'another', status: { total: { responsesSent: '7' } } }] } })
    expect(generated).toEqual(['changed'])
    await put(store, dataplane('web-1', 'web', '10.0.0.7'))
    await web.until(({ listeners }) => listeners.has('inbound:10.0.0.7:8080'))
    expect(generated).toEqual(['changed', 'changed'])
    const types = web.responses.slice(before).map(({ type }) => type)
    expect(types.filter((type) => type === 'listeners')).toHaveLength(1)
  })

  it('takes labels in another order, and other counts in a status, for what was there before', async () => {
    const { store, address, generated } = await start()
    const labelled = (labels: Resource['labels']) => ({ ...dataplane('web-1', 'web', '10.0.0.1'), labels })
    const service = (connected: number): Resource => ({
      ...{ type: 'MeshService', mesh: 'default', name: 'web', labels: {} },
      spec: { selector: { dataplaneTags: { 'kuma.io/service': 'web' } }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] },
      status: { vips: [{ ip: '241.0.0.1' }], dataplaneProxies: { connected, healthy: connected, total: 1 } },
    })
    await put(store, mesh('default'), labelled({ a: '1', b: '2' }), service(0))
    const web = connect(which, { address, id: 'default.web-1' })
    await web.until(({ listeners }) => listeners.size > 0)
    await insight(store, 'web-1', ({ subscriptions }) => (subscriptions?.[0]?.status?.total?.responsesAcknowledged ?? 0) >= 2)
    const [worked, told] = [generated.length, web.responses.length]
    await put(store, labelled({ b: '2', a: '1' }))
    await put(store, service(1))
    expect(generated).toHaveLength(worked)
    expect(web.responses).toHaveLength(told)
    await put(store, dataplane('web-1', 'web', '10.0.0.7'))
    await web.until(({ listeners }) => listeners.has('inbound:10.0.0.7:8080'))
    expect(web.responses.slice(told).filter(({ type }) => type === 'listeners')).toHaveLength(1)
  })

  it('refuses a flood of strangers, says little of it, counts all of them, and serves the others meanwhile', async () => {
    const refused: string[] = []
    const metrics: XdsMetrics = { ...noMetrics, streamRefused: (reason) => void refused.push(reason) }
    const { store, address, logged } = await start({ metrics })
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1'))
    const web = connect(which, { address, id: 'default.web-1' })
    await web.until(({ listeners }) => listeners.size > 0)
    const strangers = Array.from({ length: 40 }, (_, i) => connect(which, { address, id: `default.nobody-${i % 2}` }))
    await put(store, dataplane('web-1', 'web', '10.0.0.7'))
    await web.until(({ listeners }) => listeners.has('inbound:10.0.0.7:8080'))
    const codes = await Promise.all(strangers.map(async ({ ended }) => (await ended).code))
    expect(new Set(codes)).toEqual(new Set([5]))
    expect(refused).toEqual(Array.from({ length: 40 }, () => 'not-found'))
    expect(logged.filter(({ message }) => message === 'a stream was refused')).toHaveLength(2)
  })

  it('counts connections and responses in the insight', async () => {
    const { store, address } = await start()
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1', ['api']), dataplane('api-1', 'api', '10.0.0.2'))
    const version = { kumaDp: { version: '2.14.3', gitTag: 'v2.14.3', kumaCpCompatible: true }, envoy: { version: '1.36.2', build: 'b' } }
    const web = connect(which, { address, id: 'default.web-1', metadata: { version, features: ['f'] } })
    await web.until(({ endpoints, listeners }) => endpoints.has('api') && listeners.size > 0)
    const counted = await insight(store, 'web-1', ({ subscriptions }) => subscriptions?.[0]?.status?.total?.responsesAcknowledged === 3)
    expect(counted.metadata).toEqual({ version, features: ['f'] })
    const [subscription] = counted.subscriptions ?? []
    expect(subscription).toMatchObject({
      controlPlaneInstanceId: 'cp-1',
      version: { kumaDp: { version: '2.14.3' }, envoy: { version: '1.36.2' } },
    })
    expect(subscription?.disconnectTime).toBeUndefined()
    const { status } = subscription ?? {}
    expect(status?.cds).toEqual({ responsesSent: 1, responsesAcknowledged: 1 })
    expect(status?.eds).toEqual({ responsesSent: 1, responsesAcknowledged: 1 })
    expect(status?.total).toEqual({ responsesSent: 3, responsesAcknowledged: 3 })

    web.close()
    const gone = await insight(store, 'web-1', ({ subscriptions }) => subscriptions?.[0]?.disconnectTime !== undefined)
    expect(gone.subscriptions).toHaveLength(1)

    const back = connect(which, { address, id: 'default.web-1' })
    await back.until(({ listeners }) => listeners.size > 0)
    const again = await insight(store, 'web-1', ({ subscriptions }) => subscriptions?.length === 2)
    expect(again.subscriptions?.map(({ disconnectTime }) => disconnectTime !== undefined)).toEqual([true, false])
  })

  it('keeps back what a proxy refuses, on its next connection too, and says so', async () => {
    const { store, address, logged } = await start()
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1', ['api']), dataplane('api-1', 'api', '10.0.0.2'))
    const refusing: Omit<ProxyOptions, 'address'> = {
      id: 'default.web-1',
      refuses: ({ type, resources }) =>
        type === 'listeners' && resources.some(({ bytes }) => Buffer.from(bytes).includes('10.0.0.66'))
          ? 'Error adding/updating listener(s) inbound:10.0.0.66:8080: cannot bind'
          : undefined,
    }
    const web = connect(which, { address, ...refusing })
    await web.until(({ listeners, endpoints }) => listeners.has('outbound:127.0.0.1:10000') && endpoints.has('api'))
    await put(store, dataplane('web-1', 'web', '10.0.0.66', ['api', 'db']))
    await web.until(({ listeners }) => listeners.has('outbound:127.0.0.1:10001'))
    expect(web.held.listeners.has('inbound:10.0.0.66:8080')).toBe(false)
    const refused = await insight(store, 'web-1', ({ subscriptions }) => subscriptions?.at(-1)?.status?.lds?.responsesRejected === 1)
    expect(refused.subscriptions?.at(-1)?.status?.total?.responsesRejected).toBe(1)
    const said = logged.find(({ message }) => message.includes('refuses configuration'))
    expect(said?.fields).toMatchObject({ type: 'listeners', resource: 'inbound:10.0.0.66:8080', policies: [] })

    web.close()
    await insight(store, 'web-1', ({ subscriptions }) => subscriptions?.at(-1)?.disconnectTime !== undefined)
    const back = connect(which, { address, ...refusing })
    await back.until(({ listeners }) => listeners.has('outbound:127.0.0.1:10001'))
    expect(back.held.listeners.has('inbound:10.0.0.66:8080')).toBe(false)
    expect(
      (await insight(store, 'web-1', ({ subscriptions }) => subscriptions?.length === 2)).subscriptions?.[1]?.status?.lds,
    ).not.toHaveProperty('responsesRejected')
  })

  it('serves mesh TLS, and renews a proxy whose name changes', async () => {
    const store = createMemoryStore()
    const identities = createIdentityProvider({ store })
    const { address, controlPlane } = await start({ store, identities })
    const secured = mesh('default', { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } })
    const cas = await createMeshCas(
      planMeshCas(secured as never, () => false),
      new Date(),
    )
    await store.write([{ op: 'put', resource: secured }, ...cas])
    await put(store, dataplane('web-1', 'web', '10.0.0.1'))
    const web = connect(which, { address, id: 'default.web-1' })
    const [identity, ca] = ['identity_cert:secret:default', 'mesh_ca:secret:default']
    web.ask('secrets', [identity, ca])
    await web.until(({ secrets, listeners }) => secrets.size === 2 && listeners.size > 0)
    const certificate = web.held.secrets.get(identity)
    const told = await insight(store, 'web-1', ({ mTLS }) => mTLS !== undefined)
    expect(told.mTLS).toMatchObject({ issuedBackend: 'ca-1', supportedBackends: ['ca-1'], certificateRegenerations: 1 })
    await put(store, dataplane('web-1', 'shop', '10.0.0.1'))
    await web.until(({ secrets }) => !Buffer.from(secrets.get(identity) ?? []).equals(Buffer.from(certificate ?? [])))
    await insight(store, 'web-1', ({ mTLS }) => mTLS?.certificateRegenerations === 2)
    expect(controlPlane.given({ type: 'Dataplane', mesh: 'default', name: 'web-1' })?.snapshot.secrets.size).toBe(2)
    identities.close()
  })
})

describe('a control plane', () => {
  it('refuses a proxy that is not there, and takes it when it is', async () => {
    const { store, address } = await start()
    await put(store, mesh('default'))
    expect(await connect('sotw', { address, id: 'default.web-1' }).ended).toMatchObject({
      code: 5,
      details: expect.stringContaining('"web-1"'),
    })
    await put(store, dataplane('web-1', 'web', '10.0.0.1'))
    const web = connect('sotw', { address, id: 'default.web-1' })
    await web.until(({ listeners }) => listeners.size > 0)
  })

  it('refuses a proxy that does not prove who it is, and fails closed', async () => {
    const authenticate = async (proxy: Resource, credential: string | undefined) => {
      if (credential === undefined) throw new Error('the disk is gone')
      if (credential !== `token of ${proxy.name}`) throw new KumaError('bad-token', 'not your token')
    }
    const { store, address } = await start({ authenticator: { required: true, authenticate } })
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1'))
    const ended = (authorization?: string) => connect('sotw', { address, id: 'default.web-1', authorization }).ended
    expect(await ended('token of api-1')).toMatchObject({ code: 16, details: 'not your token' })
    expect(await ended()).toMatchObject({ code: 14 })
    const web = connect('sotw', { address, id: 'default.web-1', authorization: 'token of web-1' })
    await web.until(({ listeners }) => listeners.size > 0)
  })

  it('says once who was refused, counts each of them, and goes on serving the others', async () => {
    const refusals: string[] = []
    const metrics: XdsMetrics = { ...noMetrics, streamRefused: (reason) => void refusals.push(reason) }
    const { store, address, logged } = await start({ metrics })
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1'))
    const web = connect('sotw', { address, id: 'default.web-1' })
    await web.until(({ listeners }) => listeners.size > 0)
    const strangers = Array.from({ length: 50 }, () => connect('sotw', { address, id: 'default.nobody' }).ended)
    const broken = Array.from({ length: 50 }, () => connect('delta', { address, id: 'nothing' }).ended)
    await put(store, dataplane('web-1', 'web', '10.0.0.7'))
    await web.until(({ listeners }) => listeners.has('inbound:10.0.0.7:8080'))
    expect(new Set((await Promise.all(strangers)).map(({ code }) => code))).toEqual(new Set([5]))
    expect(new Set((await Promise.all(broken)).map(({ code }) => code))).toEqual(new Set([3]))
    expect(refusals.filter((reason) => reason === 'not-found')).toHaveLength(50)
    expect(refusals.filter((reason) => reason === 'invalid-argument')).toHaveLength(50)
    expect(logged.filter(({ message }) => message === 'a stream was refused')).toHaveLength(2)
  })

  it('stores what a proxy brings along, and removes it some time after the proxy has gone', async () => {
    const store = createMemoryStore()
    const writer = new ResourceWriter({ store, registry, zone: 'default', rules: [] })
    const { address, logged } = await start({ store, writer, removalDelayMs: 20 })
    await put(store, mesh('default'))
    const { spec } = dataplane('web-1', 'web', '10.0.0.1')
    const text = JSON.stringify({ type: 'Dataplane', mesh: 'default', name: 'web-1', ...(spec as object) })
    const metadata = { 'dataplane.resource': text }
    const web = connect('sotw', { address, id: 'default.web-1', metadata })
    await web.until(({ listeners }) => listeners.has('inbound:10.0.0.1:8080'))
    expect(await store.get({ type: 'Dataplane', mesh: 'default', name: 'web-1' })).toBeDefined()
    expect(await connect('sotw', { address, id: 'default.web-2', metadata }).ended).toMatchObject({ code: 3 })
    const broken = { 'dataplane.resource': '{"type":"Dataplane","mesh":"default","name":"web-2","networking":{}}' }
    expect(await connect('sotw', { address, id: 'default.web-2', metadata: broken }).ended).toMatchObject({ code: 3 })
    web.close()
    while (await store.get({ type: 'Dataplane', mesh: 'default', name: 'web-1' })) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(logged.some(({ message }) => message.includes('removed a proxy that is gone'))).toBe(true)
  })

  it('tells exactly the proxies that a change touches', async () => {
    const { store, address, generated } = await start()
    await put(
      store,
      mesh('default'),
      mesh('other'),
      dataplane('web-1', 'web', '10.0.0.1'),
      dataplane('x-1', 'x', '10.9.0.1', ['y'], 'other'),
    )
    await put(store, dataplane('y-1', 'y', '10.9.0.2', [], 'other'))
    const [web, x] = [connect('sotw', { address, id: 'default.web-1' }), connect('sotw', { address, id: 'other.x-1' })]
    await web.until(({ listeners }) => listeners.size > 0)
    await x.until(({ listeners, endpoints }) => listeners.size > 0 && endpoints.has('y'))
    expect(generated).toHaveLength(2)
    const before = web.responses.length
    await put(store, dataplane('y-1', 'y', '10.9.0.3', [], 'other'))
    await x.until(({ endpoints }) => port(endpoints.get('y')).join() === '10.9.0.3')
    expect(generated).toHaveLength(3)
    expect(web.responses).toHaveLength(before)
  })

  it('sends a proxy nothing that comes back with all that there is', async () => {
    const { store, address, generated } = await start()
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1', ['api']), dataplane('api-1', 'api', '10.0.0.2'))
    const web = connect('delta', { address, id: 'default.web-1' })
    await web.until(({ endpoints, listeners }) => endpoints.has('api') && listeners.size > 0)
    const versions = (type: 'clusters' | 'endpoints' | 'listeners') =>
      Object.fromEntries(
        web.responses.filter((r) => r.type === type).flatMap(({ resources }) => resources.map(({ name, version }) => [name, version])),
      )
    const initialVersions = { clusters: versions('clusters'), listeners: versions('listeners'), endpoints: versions('endpoints') }
    web.close()
    const back = deltaProxy({ address, id: 'default.web-1', initialVersions })
    proxies.push(back)
    back.ask('endpoints', ['api'])
    while (generated.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await put(store, dataplane('api-1', 'api', '10.0.0.3'))
    await back.until(({ endpoints }) => endpoints.has('api'))
    expect(back.responses.map(({ type, resources }) => [type, resources.map(({ name }) => name)])).toEqual([['endpoints', ['api']]])
  })

  it('reads anew when the store lost count, and ends what an earlier run left open', async () => {
    const store = createMemoryStore()
    await put(store, mesh('default'), dataplane('web-1', 'web', '10.0.0.1'))
    const open: DataplaneInsightSpec = { subscriptions: [{ id: 'old', connectTime: '2026-01-01T00:00:00Z', status: {} }] }
    await put(store, { type: 'DataplaneInsight', mesh: 'default', name: 'web-1', labels: {}, spec: open })
    let lose = () => {}
    const watch: Store['watch'] = (onEvents, from) => {
      lose = () => onEvents('reset')
      return store.watch(onEvents, from)
    }
    const { address } = await start({ store: { ...bound(store), watch } })
    expect((await insight(store, 'web-1', () => true)).subscriptions?.[0]?.disconnectTime).toBeDefined()
    const web = connect('sotw', { address, id: 'default.web-1' })
    await web.until(({ listeners }) => listeners.size > 0)
    lose()
    await put(store, dataplane('web-1', 'web', '10.0.0.9'))
    await web.until(({ listeners }) => listeners.has('inbound:10.0.0.9:8080'))
  })

  it('says what could not be built, once, and for as long as it is so', async () => {
    const { store, address, logged, controlPlane, withIssues } = await start()
    const web = { type: 'Dataplane', mesh: 'default', name: 'web-1' }
    await put(store, mesh('default', { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } }))
    await put(store, dataplane('web-1', 'web', '10.0.0.1'))
    expect(controlPlane.issuesOf(web)).toBeUndefined()
    const proxy = connect('sotw', { address, id: 'default.web-1' })
    await proxy.until(({ listeners }) => listeners.size > 0)
    await put(store, route('7s'))
    await put(store, dataplane('web-1', 'web', '10.0.0.2'))
    await proxy.until(({ listeners }) => listeners.has('inbound:10.0.0.2:8080'))
    const said = logged.filter(({ message }) => message.includes('could not be built'))
    expect(said.map(({ fields }) => fields['problems'])).toEqual([[expect.stringContaining('no certificate')]])
    expect(controlPlane.issuesOf(web)).toMatchObject([{ code: 'no-identity', resource: web }])
    expect(withIssues()).toBe(1)

    const app = createApi({ store, registry, about, families: [issueRoutes(controlPlane)] })
    const ask = async (path: string) => (await app.inject({ url: path, headers: { host: 'localhost:5681' } })).json() as object
    const path = '/meshes/default/dataplanes/web-1/_issues'
    expect(await ask(path)).toMatchObject({ connected: true, issues: [{ code: 'no-identity', path: 'mtls' }] })
    expect(await ask(path.replace('web-1', 'web-2'))).toMatchObject({ status: 404 })
    await put(store, mesh('default'))
    while (withIssues() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await ask(path)).toEqual({ connected: true, issues: [] })
    proxy.close()
    await insight(store, 'web-1', ({ subscriptions }) => subscriptions?.at(-1)?.disconnectTime !== undefined)
    expect(await ask(path)).toEqual({ connected: false, issues: [] })
  })

  it('reads files that resources name where it may, and says which setting would let it elsewhere', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kuma-files-'))
    try {
      writeFileSync(join(folder, 'ca.pem'), 'the CA')
      const external = (file: string, port = 443): Resource => ({
        type: 'ExternalService',
        mesh: 'default',
        name: 'httpbin',
        labels: {},
        spec: {
          networking: { address: `127.0.0.1:${port}`, tls: { enabled: true, caCert: { file } } },
          tags: { 'kuma.io/service': 'httpbin', 'kuma.io/protocol': 'http' },
        },
      })
      const { store, address, controlPlane } = await start({ outside: createOutsideData({ folders: [folder] }) })
      const web = dataplane('web-1', 'web', '10.0.0.1', ['httpbin'])
      const everybody = [{ match: { 'kuma.io/service': '*' } }]
      const spec = { sources: everybody, destinations: everybody }
      await put(store, mesh('default'), web, { type: 'TrafficPermission', mesh: 'default', name: 'all', labels: {}, spec })
      await put(store, external(join(folder, 'ca.pem')))
      const proxy = connect('sotw', { address, id: 'default.web-1' })
      const trusted = () => Buffer.from(proxy.held.clusters.get('httpbin') ?? []).toString('latin1')
      await proxy.until(() => trusted().includes('the CA'))
      expect(controlPlane.issuesOf(web)).toEqual([])

      writeFileSync(join(folder, 'ca.pem'), 'another CA')
      await put(store, external(join(folder, 'ca.pem'), 8443))
      await proxy.until(() => trusted().includes('another CA'))

      await put(store, external('/etc/hostname'))
      while (controlPlane.issuesOf(web)?.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      const message = expect.stringContaining('no folder of setting dataSources.allowedFolders has it')
      expect(controlPlane.issuesOf(web)).toMatchObject([{ message, path: 'networking.tls.caCert' }])
      await proxy.until(() => !trusted().includes('CA'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function bound(store: Store): Store {
  return {
    write: (writes) => store.write(writes),
    get: (key) => store.get(key),
    list: (query) => store.list(query),
    watch: (onEvents, from) => store.watch(onEvents, from),
    close: () => store.close(),
  }
}

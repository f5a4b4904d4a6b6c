import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { soleLeader } from '../../src/core/leader.js'
import type { Store } from '../../src/core/store.js'
import { KubernetesApi } from '../../src/kubernetes-api/api.js'
import { findCluster } from '../../src/kubernetes-api/connection.js'
import type { ControllerSettings } from '../../src/kubernetes/controllers/cluster-view.js'
import type { KubernetesObject } from '../../src/kubernetes/objects.js'
import { definitions } from '../../src/kubernetes/index.js'
import { type ControllerOptions, createControllers } from '../../src/server/kubernetes/controllers/controllers.js'
import { keepNetworkAttachment } from '../../src/server/kubernetes/controllers/network-attachments.js'
import { silentLog } from '../../src/server/log.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'

const settings: ControllerSettings = {
  zone: 'default',
  systemNamespace: 'kuma-system',
  nodeLabelsToCopy: [],
  workloadLabels: [],
  inboundTagsDisabled: false,
  ignoredServiceSelectorLabels: [],
  cniEnabled: false,
}

const patience = { timeout: 60_000, interval: 50 }

describe.skipIf(kubernetes.missing)(`controllers on a real API server ${kubernetes.reason}`, { timeout: 180_000 }, () => {
  const cluster = kubernetesServer()
  const opened: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    const crds = { apiVersion: 'v1', kind: 'List', items: definitions(registry.kinds) }
    const applied = await cluster.server.kubectl(['create', '-f', '-'], { input: JSON.stringify(crds) })
    expect(applied.stderr).toBe('')
    await cluster.server.established()
    await cluster.server.createNamespace('demo', { 'kuma.io/sidecar-injection': 'enabled' })
    await apply({
      apiVersion: 'kuma.io/v1alpha1',
      kind: 'Mesh',
      metadata: { name: 'default' },
      spec: { meshServices: { mode: 'Exclusive' } },
    })
  }, 120_000)

  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })

  async function apply(object: object): Promise<void> {
    const { code, stderr } = await cluster.server.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }

  async function read<T extends KubernetesObject>(path: string): Promise<T | undefined> {
    const { status, body } = await cluster.server.request('GET', path)
    return status === 200 ? (body as T) : undefined
  }

  async function openApi(): Promise<KubernetesApi> {
    const api = new KubernetesApi(await findCluster({ kubeconfig: cluster.server.kubeconfig() }))
    opened.push({ close: () => api.close() })
    return api
  }

  async function start(store: Store = createMemoryStore(), more: Partial<ControllerOptions> = {}): Promise<void> {
    const controllers = createControllers({ api: await openApi(), registry, leader: soleLeader(store), settings, log: silentLog, ...more })
    opened.push(controllers)
  }

  const pod = (name: string, labels: Record<string, string> = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'demo', labels, annotations: { 'kuma.io/sidecar-injected': 'true' } },
    spec: { containers: [{ name: 'app', image: 'app', ports: [{ name: 'http', containerPort: 8080 }] }] },
  })

  /** As a kubelet would. */
  async function runs(name: string, podIP: string, phase = 'Running'): Promise<void> {
    const { status } = await cluster.server.request('PUT', `/api/v1/namespaces/demo/pods/${name}/status`, {
      ...(await read(`/api/v1/namespaces/demo/pods/${name}`)),
      status: { phase, podIP, podIPs: [{ ip: podIP }] },
    })
    expect(status).toBe(200)
  }

  interface DataplaneObject extends KubernetesObject {
    readonly mesh?: string
    readonly spec: {
      readonly networking: { readonly address: string; readonly inbound: readonly { readonly port: number; readonly state?: string }[] }
    }
  }
  const dataplane = (name: string) => read<DataplaneObject>(`/apis/kuma.io/v1alpha1/namespaces/demo/dataplanes/${name}`)

  test('a Pod has a Dataplane that follows it, its Services and its end', async () => {
    await start()
    await apply(pod('web', { app: 'web' }))
    await runs('web', '10.0.0.1')
    await vi.waitFor(async () => expect((await dataplane('web'))?.spec.networking.inbound).toMatchObject([{ port: 49151 }]), patience)
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'demo' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http', appProtocol: 'http' }] },
    })
    await vi.waitFor(
      async () => expect((await dataplane('web'))?.spec.networking.inbound).toMatchObject([{ port: 8080, protocol: 'http' }]),
      patience,
    )
    const made = await dataplane('web')
    expect(made).toMatchObject({ mesh: 'default', metadata: { ownerReferences: [{ kind: 'Pod', name: 'web', controller: true }] } })
    await vi.waitFor(
      async () =>
        expect(await read('/apis/kuma.io/v1alpha1/namespaces/demo/meshservices/web')).toMatchObject({
          spec: { ports: [{ name: '80', port: 80, targetPort: 'http', appProtocol: 'http' }] },
          status: { vips: [{ ip: expect.stringMatching(/^10\.96\./) }] },
          metadata: { ownerReferences: [{ kind: 'Service', name: 'web' }] },
        }),
      patience,
    )
    await cluster.server.kubectl(['delete', 'dataplane', '-n', 'demo', 'web'])
    await vi.waitFor(async () => expect((await dataplane('web'))?.metadata?.uid).not.toBe(made?.metadata?.uid), patience)
    await vi.waitFor(async () => expect(await dataplane('web')).toBeDefined(), patience)
    const events = await cluster.server.kubectl([
      'get',
      'events',
      '-n',
      'demo',
      '--field-selector',
      'involvedObject.name=web',
      '-o',
      'jsonpath={.items[*].reason}',
    ])
    expect(events.stdout.split(' ')).toEqual(expect.arrayContaining(['CreatedKumaDataplane', 'UpdatedKumaDataplane', 'CreatedMeshService']))
    await cluster.server.kubectl(['delete', 'pod', '-n', 'demo', 'web', '--grace-period=0', '--force'])
    await vi.waitFor(async () => expect(await dataplane('web')).toBeUndefined(), patience)
    await cluster.server.kubectl(['delete', 'service', '-n', 'demo', 'web'])
    await vi.waitFor(async () => expect(await read('/apis/kuma.io/v1alpha1/namespaces/demo/meshservices/web')).toBeUndefined(), patience)
  })

  test('what changed while nobody led is made good, and nothing else is written', async () => {
    await start()
    await apply(pod('stays'))
    await apply(pod('goes'))
    await runs('stays', '10.0.0.2')
    await runs('goes', '10.0.0.3')
    await vi.waitFor(async () => expect([await dataplane('stays'), await dataplane('goes')]).not.toContain(undefined), patience)
    const before = await dataplane('stays')
    for (const one of opened.splice(0).reverse()) await one.close()
    await cluster.server.kubectl(['delete', 'pod', '-n', 'demo', 'goes', '--grace-period=0', '--force'])
    await apply(pod('comes'))
    await runs('comes', '10.0.0.4')
    await start()
    await vi.waitFor(async () => expect(await dataplane('comes')).toBeDefined(), patience)
    await vi.waitFor(async () => expect(await dataplane('goes')).toBeUndefined(), patience)
    expect((await dataplane('stays'))?.metadata?.resourceVersion).toBe(before?.metadata?.resourceVersion)
  })

  test('a Pod that is moved to another mesh has its Dataplane there', async () => {
    await apply({ apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', metadata: { name: 'other' }, spec: {} })
    await start()
    await apply(pod('moves'))
    await runs('moves', '10.0.0.7')
    await vi.waitFor(async () => expect(await dataplane('moves')).toMatchObject({ mesh: 'default' }), patience)
    await cluster.server.kubectl(['label', 'pod', '-n', 'demo', 'moves', 'kuma.io/mesh=other'])
    await vi.waitFor(async () => expect(await dataplane('moves')).toMatchObject({ mesh: 'other' }), patience)
  })

  test("the Service of a mesh's zone ingress has a MeshZoneAddress as long as an endpoint is ready", async () => {
    await start()
    const metadata = { name: 'zone-ingress', namespace: 'demo', labels: { 'k8s.kuma.io/zone-proxy-type': 'ingress' } }
    const endpoints = (ready: boolean) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'zone-ingress-1', namespace: 'demo', labels: { 'kubernetes.io/service-name': 'zone-ingress' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.8'], conditions: { ready } }],
    })
    const address = () => read('/apis/kuma.io/v1alpha1/namespaces/demo/meshzoneaddresses/zone-ingress')
    const there = {
      metadata: { labels: { 'kuma.io/mesh': 'default' }, ownerReferences: [{ kind: 'Service', name: 'zone-ingress' }] },
      spec: { address: '203.0.113.2', port: 10001 },
    }
    await apply({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 10001 }], externalIPs: ['203.0.113.2'] } })
    await apply(endpoints(true))
    await vi.waitFor(async () => expect(await address()).toMatchObject(there), patience)
    await apply(endpoints(false))
    await vi.waitFor(async () => expect(await address()).toBeUndefined(), patience)
    await apply(endpoints(true))
    await vi.waitFor(async () => expect(await address()).toMatchObject(there), patience)
    await cluster.server.kubectl(['delete', 'meshzoneaddress', '-n', 'demo', 'zone-ingress'])
    await vi.waitFor(async () => expect(await address()).toMatchObject(there), patience)
    await cluster.server.kubectl(['delete', 'service', '-n', 'demo', 'zone-ingress'])
    await vi.waitFor(async () => expect(await address()).toBeUndefined(), patience)
  })

  test("addresses of the cluster's own are kept for meshes whose services are tags", async () => {
    const store = createMemoryStore()
    await store.write([{ op: 'put', resource: { type: 'Mesh', name: 'tags', labels: {}, spec: {} } }])
    await apply({ apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', metadata: { name: 'tags' }, spec: {} })
    await apply(pod('old', { app: 'old', 'kuma.io/mesh': 'tags' }))
    await runs('old', '10.0.0.6')
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'old', namespace: 'demo' },
      spec: { clusterIP: '10.96.7.7', selector: { app: 'old' }, ports: [{ port: 80, targetPort: 'http' }] },
    })
    await start(store)
    const kept = async () => (await store.get({ type: 'VirtualAddresses', mesh: 'tags', name: 'cluster-vips' }))?.resource.spec
    const clusterOutbounds = [{ address: '10.96.7.7', port: 80, tags: { 'kuma.io/service': 'old_demo_svc_80' } }]
    await vi.waitFor(async () => expect(await kept()).toEqual({ clusterOutbounds }), patience)
    await cluster.server.kubectl(['delete', 'service', '-n', 'demo', 'old'])
    await vi.waitFor(async () => expect(await kept()).toEqual({ clusterOutbounds: [] }), patience)
    await store.close()
  })

  test('where a CNI plugin redirects traffic, namespaces have its NetworkAttachmentDefinition once the cluster knows the kind', async () => {
    const labels = { 'kuma.io/sidecar-injection': 'enabled' }
    await expect(keepNetworkAttachment({ metadata: { name: 'demo', labels } }, await openApi())).resolves.toBeUndefined()
    await start(createMemoryStore(), { settings: { ...settings, cniEnabled: true }, resyncMs: 500 })
    const path = (namespace: string) => `/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions/kuma-cni`
    const attachments = async () => [await read(path('demo')), await read(path('plain'))].map((one) => one !== undefined)
    await cluster.server.createNamespace('plain')
    await apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'network-attachment-definitions.k8s.cni.cncf.io' },
      spec: {
        group: 'k8s.cni.cncf.io',
        scope: 'Namespaced',
        names: { plural: 'network-attachment-definitions', singular: 'network-attachment-definition', kind: 'NetworkAttachmentDefinition' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    })
    await vi.waitFor(async () => expect(await attachments()).toEqual([true, false]), patience)
    await cluster.server.kubectl(['label', 'namespace', 'plain', 'kuma.io/sidecar-injection=enabled'])
    await vi.waitFor(async () => expect(await attachments()).toEqual([true, true]), patience)
    await cluster.server.kubectl(['label', 'namespace', 'plain', 'kuma.io/sidecar-injection-'])
    await vi.waitFor(async () => expect(await attachments()).toEqual([true, false]), patience)
  })

  test("a Pod's mistake is told as an event, and its Dataplane stays; a completed Pod has none", async () => {
    await start()
    await apply(pod('job'))
    await runs('job', '10.0.0.5')
    await vi.waitFor(async () => expect(await dataplane('job')).toBeDefined(), patience)
    await cluster.server.kubectl(['annotate', 'pod', '-n', 'demo', 'job', 'kuma.io/envoy-admin-port=ninety'])
    await vi.waitFor(async () => {
      const { stdout } = await cluster.server.kubectl([
        'get',
        'events',
        '-n',
        'demo',
        '--field-selector',
        'involvedObject.name=job,type=Warning',
        '-o',
        'jsonpath={.items[*].message}',
      ])
      expect(stdout).toContain('"kuma.io/envoy-admin-port": "ninety"')
    }, patience)
    expect(await dataplane('job')).toBeDefined()
    await cluster.server.kubectl(['annotate', 'pod', '-n', 'demo', 'job', 'kuma.io/envoy-admin-port-'])
    await runs('job', '10.0.0.5', 'Succeeded')
    await vi.waitFor(async () => expect(await dataplane('job')).toBeUndefined(), patience)
  })
})

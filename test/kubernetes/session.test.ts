import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'
import { type TestProxy, deltaProxy } from '../xds/proxy.js'
import { ClusterSession, type Pod } from './cluster-session.js'

const kuma = (kind: string, name: string, rest: object) => ({ apiVersion: 'kuma.io/v1alpha1', kind, metadata: { name }, ...rest })
const mtls = { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] }
const permission = (source: string, name = 'web') =>
  kuma('TrafficPermission', name, {
    mesh: 'demo',
    spec: {
      sources: [{ match: { 'kuma.io/service': source } }],
      destinations: [{ match: { 'kuma.io/service': 'web_apps_svc_80' } }],
    },
  })

interface Dataplane {
  readonly mesh: string
  readonly spec: {
    readonly networking: { readonly address: string; readonly inbound: readonly { readonly tags: Record<string, string> }[] }
  }
}

describe.skipIf(kubernetes.missing)(`a session with a cluster ${kubernetes.reason}`, () => {
  const test = kubernetesServer()
  let session: ClusterSession
  let proxy: TestProxy | undefined
  beforeAll(async () => {
    if (!kubernetes.missing) session = await ClusterSession.start(test.server)
  }, 180_000)
  afterAll(async () => {
    proxy?.close()
    await session?.stop()
  })

  it('kumactl install control-plane | kubectl apply -f -', async () => {
    expect(session.installed).toMatchObject({ code: 0, stderr: '' })
    const { stdout } = await session.kubectl(['get', 'crd'])
    const kinds = stdout.split('\n').filter((line) => line.includes('kuma'))
    for (const kind of ['meshes', 'dataplanes', 'dataplaneinsights', 'trafficpermissions']) {
      expect(
        kinds.some((line) => line.startsWith(`${kind}.kuma.io `)),
        kind,
      ).toBe(true)
    }
  })

  it('starts with the mesh "default"', async () => {
    await session.until(() => session.find('mesh', 'default'), 'there is no mesh "default"')
  })

  it('a Mesh gets its certificate authority and its policies', async () => {
    expect(await session.apply(kuma('Mesh', 'demo', { spec: { mtls } }))).toMatchObject({ code: 0 })
    const secret = () => session.find<{ type: string }>('secret', '-n', 'kuma-system', 'demo.ca-builtin-cert-ca')
    expect((await session.until(secret, 'the mesh got no CA')).type).toBe('system.kuma.io/secret')
    await session.until(() => session.find('meshtimeout', '-n', 'kuma-system', 'mesh-timeout-all-demo'), 'the mesh got no policies')
  })

  it('an annotated Pod gets a sidecar', async () => {
    await session.server.createNamespace('apps', { 'kuma.io/sidecar-injection': 'enabled' })
    await session.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'apps' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'tcp' }] },
    })
    const created = await session.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web',
        namespace: 'apps',
        labels: { app: 'web', 'kuma.io/mesh': 'demo' },
        annotations: { 'kuma.io/sidecar-drain-time': '10s' },
      },
      spec: { containers: [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }] },
    })
    expect(created).toMatchObject({ code: 0 })
    const pod = await session.find<Pod>('pod', '-n', 'apps', 'web')
    const names = [...(pod?.spec.containers ?? []), ...(pod?.spec.initContainers ?? [])].map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['web', 'kuma-sidecar']))
    expect(pod?.metadata.annotations).toMatchObject({ 'kuma.io/sidecar-injected': 'true' })
  })

  it('a Pod that runs becomes a Dataplane', async () => {
    await session.run('apps', 'web', '10.1.0.5')
    const dataplane = await session.until(() => session.find<Dataplane>('dataplane', '-n', 'apps', 'web'), 'no Dataplane was made')
    expect(dataplane).toMatchObject({
      mesh: 'demo',
      spec: { networking: { address: '10.1.0.5', inbound: [{ tags: { 'kuma.io/service': 'web_apps_svc_80' } }] } },
    })
  })

  it('a TrafficPermission applied with kubectl changes what the proxy gets', async () => {
    proxy = deltaProxy({
      address: session.place.proxies.replace('127.0.0.1', 'localhost'),
      ca: session.ca,
      id: 'demo.web.apps',
      authorization: await session.tokenOf('apps', 'web'),
    })
    const inbound = 'inbound:10.1.0.5:8080'
    // Names are in a message's bytes as they are.
    const callers = () => Buffer.from(proxy?.held.listeners.get(inbound) ?? []).toString('latin1')
    await session.until(async () => proxy?.held.listeners.has(inbound), 'the proxy got no listener')
    expect(callers()).not.toContain('spiffe://demo/client')
    const applied = await session.apply(permission('client'))
    expect(applied).toMatchObject({ code: 0, stdout: 'trafficpermission.kuma.io/web created\n' })
    await session.until(async () => callers().includes('spiffe://demo/client'), 'the permission did not reach the proxy')
    await session.apply(permission('other'))
    await session.until(async () => callers().includes('spiffe://demo/other'), 'the change did not reach the proxy')
    expect(callers()).not.toContain('spiffe://demo/client')
  }, 180_000)

  it('a bad one is refused by kubectl in the words of the REST API', async () => {
    const { code, stderr } = await session.apply(
      kuma('TrafficPermission', 'bad', { mesh: 'demo', spec: { sources: [], destinations: [] } }),
    )
    expect(code).toBe(1)
    const faults = ['spec.sources', 'spec.destinations'].map((field) => `* ${field}: must have at least one element\n`)
    expect(stderr).toBe(`The TrafficPermission "bad" is invalid: \n${faults.join('')}`)
    const nowhere = await session.apply({ ...permission('client', 'nowhere'), mesh: 'nowhere' })
    expect(nowhere.stderr).toContain('Failed to retrieve Mesh: Not found')
  })

  it('a Mesh with Dataplanes stays', async () => {
    const { code, stderr } = await session.kubectl(['delete', 'mesh', 'demo', '--wait=false'])
    expect(code).toBe(1)
    expect(stderr).toContain('mesh: unable to delete mesh, there are still some dataplanes attached')
  })

  it('a Dataplane goes with its Pod, and all that is in a Mesh with the Mesh', async () => {
    await session.kubectl(['delete', 'pod', '-n', 'apps', 'web', '--force', '--grace-period=0'])
    const isGone = (...what: string[]) =>
      session.until(async () => (await session.find(...what)) === undefined, `${what.join(' ')} is still there`)
    await isGone('dataplane', '-n', 'apps', 'web')
    expect(await session.kubectl(['delete', 'mesh', 'demo', '--wait=false'])).toMatchObject({ code: 0 })
    await isGone('trafficpermission', 'web')
    await isGone('meshtimeout', '-n', 'kuma-system', 'mesh-timeout-all-demo')
    await isGone('secret', '-n', 'kuma-system', 'demo.ca-builtin-key-ca')
  })

  it('the control plane has the rights that it needs', () => {
    expect(session.cp.said()).not.toMatch(/forbidden|cannot (get|list|watch|create|update|patch|delete) resource/)
  })

  it('the REST API reads, and writes nothing', async () => {
    const path = `${session.place.api}/meshes/default`
    expect(await (await fetch(path)).json()).toMatchObject({ type: 'Mesh', name: 'default' })
    const written = await fetch(path, { method: 'DELETE' })
    expect(written.status).toBe(405)
  })
})

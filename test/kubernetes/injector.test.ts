import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KubernetesApi } from '../../src/kubernetes-api/api.js'
import { findCluster } from '../../src/kubernetes-api/connection.js'
import { definitions } from '../../src/kubernetes/index.js'
import { defaultInjectorSettings } from '../../src/kubernetes/injector/settings.js'
import type { Pod } from '../../src/kubernetes/objects.js'
import { serverCertificate } from '../../src/server/certificates.js'
import { startAdmissionServer } from '../../src/server/kubernetes/admission/server.js'
import { createInjectorHandler } from '../../src/server/kubernetes/injector/handler.js'
import { silentLog } from '../../src/server/log.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'

describe.skipIf(kubernetes.missing)(`the injector, asked by a real API server ${kubernetes.reason}`, { timeout: 120_000 }, () => {
  const cluster = kubernetesServer()
  const opened: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    const { server } = cluster
    const only = {
      apiVersion: 'v1',
      kind: 'List',
      items: definitions(registry.kinds).filter(({ metadata }) => metadata.name.startsWith('containerpatches.')),
    }
    await apply(only)
    await server.established()
    await server.createNamespace('kuma-system')
    await server.createNamespace('demo', { 'kuma.io/sidecar-injection': 'enabled' })
    const store = createMemoryStore()
    await store.write([{ op: 'put', resource: { type: 'Mesh', name: 'default', labels: {}, spec: {} } }])
    const api = new KubernetesApi(await findCluster({ kubeconfig: server.kubeconfig() }))
    const handler = createInjectorHandler({
      ...{ api, store, systemNamespace: 'kuma-system', log: silentLog },
      context: {
        settings: defaultInjectorSettings,
        controlPlaneUrl: 'https://kuma-control-plane.kuma-system:5678',
        controlPlaneCaCert: 'PEM',
        adminPort: 9901,
        nativeSidecars: true,
        deltaXds: false,
      },
    })
    const certificate = await serverCertificate({ hosts: ['localhost', '127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })
    const webhooks = await startAdmissionServer({ port: 0, certificate, handlers: { '/inject-sidecar': handler } })
    opened.push(api, store, webhooks)
    await apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'injector' },
      webhooks: [
        {
          name: 'namespace-kuma-injector.kuma.io',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          namespaceSelector: { matchLabels: { 'kuma.io/sidecar-injection': 'enabled' } },
          // The API server of a test has no route to Services: it asks a port of this machine.
          clientConfig: {
            url: `https://127.0.0.1:${webhooks.port}/inject-sidecar`,
            caBundle: Buffer.from(certificate.certificate).toString('base64'),
          },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
      ],
    })
  }, 120_000)

  afterAll(async () => {
    for (const one of opened.reverse()) await one.close()
  })

  async function apply(object: object): Promise<void> {
    const { code, stderr } = await cluster.server.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }

  const pod = (name: string, annotations: Record<string, string> = {}, namespace = 'demo') => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec: { containers: [{ name: 'app', image: 'app', readinessProbe: { httpGet: { port: 8080, path: '/ready' } } }] },
  })

  async function created(object: object) {
    const { code, stdout, stderr } = await cluster.server.kubectl(['create', '-o', 'json', '-f', '-'], { input: JSON.stringify(object) })
    return { code, stderr, pod: stdout === '' ? undefined : (JSON.parse(stdout) as Pod) }
  }

  test('a Pod that is created has its sidecar, and its author is warned of what is deprecated', async () => {
    const made = await created(pod('web', { 'prometheus.metrics.kuma.io/port': '1234' }))
    expect(made.code).toBe(0)
    expect(made.stderr).toContain('Warning: annotation prometheus.metrics.kuma.io/port is deprecated, use a MeshMetric policy instead')
    expect(made.pod?.spec?.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ['kuma-init', undefined],
      ['kuma-sidecar', 'Always'],
    ])
    expect(made.pod?.spec?.containers?.[0]?.readinessProbe?.httpGet).toMatchObject({ port: 9001, path: '/8080/ready' })
    expect(made.pod?.metadata?.annotations?.['kuma.io/sidecar-injected']).toBe('true')
  })

  test('a ContainerPatch of the control plane changes the container; one that is missing refuses the Pod', async () => {
    const sidecarPatch = [{ op: 'replace', path: '/image', value: '"own/image"' }]
    await apply({
      apiVersion: 'kuma.io/v1alpha1',
      kind: 'ContainerPatch',
      metadata: { name: 'own', namespace: 'kuma-system' },
      spec: { sidecarPatch },
    })
    const patched = await created(pod('patched', { 'kuma.io/container-patches': 'own' }))
    expect(patched.pod?.spec?.initContainers?.find(({ name }) => name === 'kuma-sidecar')?.image).toBe('own/image')
    const refused = await created(pod('refused', { 'kuma.io/container-patches': 'nowhere' }))
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('some expected container patches are missing: nowhere') })
  })

  test('a Pod of a mesh that is not there is refused', async () => {
    const { stderr } = await created(pod('lost', { 'kuma.io/mesh': 'nowhere' }))
    expect(stderr).toContain('there is no Mesh "nowhere"')
  })
})

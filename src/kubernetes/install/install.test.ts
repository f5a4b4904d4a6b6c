import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { registry } from '../../translate/kinds.js'
import { definitions } from '../crd/definition.js'
import { type Installed, type Manifest, controlPlaneManifests, installValues, place, readInstallValues } from './index.js'

const types = ['Mesh', 'TrafficPermission', 'DataplaneInsight']
const some = definitions(registry.kinds).filter(({ spec }) => types.includes(spec.names.kind))
const pair = { certificate: 'CERTIFICATE', privateKey: 'KEY' }

function install(given: object = {}, tls: Parameters<typeof place>[1]['tls'] = { authority: 'CA', pair }) {
  const { values, faults } = readInstallValues(given)
  if (!values) throw new Error(JSON.stringify(faults))
  const checksums = { config: 'c', tls: 't' }
  const placement = place(values, { namespace: 'mesh-system', version: '1.2.3', tls, checksums })
  const manifests = controlPlaneManifests(placement, some)
  return {
    manifests,
    named: (kind: string, name?: string) => manifests.find((m) => m.kind === kind && (!name || m.metadata.name === name)),
  }
}

interface Container {
  readonly image: string
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly volumeMounts: readonly { readonly name: string }[]
}
function podOf(manifests: readonly Installed[]) {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') as unknown as {
    spec: {
      replicas: number
      template: { spec: { containers: [Container]; volumes: readonly { name: string; secret?: { secretName: string } }[] } }
    }
  }
  const [container] = deployment.spec.template.spec.containers
  const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))
  return { replicas: deployment.spec.replicas, pod: deployment.spec.template.spec, container, env }
}

describe('an installation', () => {
  it('has each object after what it needs', () => {
    expect(install().manifests.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
      'ServiceAccount',
      'Secret',
      'ConfigMap',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      'Service',
      'Deployment',
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
    ])
  })

  it('is in its namespace', () => {
    const clusterWide = ['Namespace', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding']
    for (const { kind, metadata } of install().manifests as readonly Manifest[]) {
      const outside = clusterWide.includes(kind) || kind.endsWith('WebhookConfiguration')
      expect(metadata.namespace, kind).toBe(outside ? undefined : 'mesh-system')
    }
  })

  it('takes what is chosen', () => {
    const { manifests, named } = install({
      global: { image: { registry: 'registry.example/mesh/', tag: '7' } },
      controlPlane: {
        replicas: 3,
        zone: 'east',
        envVars: { KUMA_MULTIZONE_ZONE_NAME: 'west', KUMA_A: 'b' },
        service: { name: 'cp' },
        podDisruptionBudget: { enabled: true },
        image: { tag: '8' },
      },
      dataPlane: { image: { registry: 'other.example' } },
    })
    const { replicas, container, env } = podOf(manifests)
    expect(replicas).toBe(3)
    expect(container.image).toBe('registry.example/mesh/kuma-cp:8')
    expect(env).toMatchObject({
      KUMA_A: 'b',
      KUMA_MULTIZONE_ZONE_NAME: 'west',
      KUMA_STORE_KUBERNETES_SYSTEM_NAMESPACE: 'mesh-system',
      KUMA_RUNTIME_KUBERNETES_INJECTOR_SIDECAR_CONTAINER_IMAGE: 'other.example/kuma-dp:7',
      KUMA_INJECTOR_INIT_CONTAINER_IMAGE: 'registry.example/mesh/kuma-init:7',
    })
    expect(container.env).toHaveLength(new Set(container.env.map(({ name }) => name)).size)
    expect(named('Service', 'cp')).toBeDefined()
    expect(named('PodDisruptionBudget')).toMatchObject({ spec: { maxUnavailable: 1 } })
    expect(JSON.stringify(named('MutatingWebhookConfiguration'))).toContain('"name":"cp"')
  })

  it('writes no Secret where one is given', () => {
    const { manifests } = install(
      { controlPlane: { tls: { general: { secretName: 'mine' }, apiServer: { secretName: 'api', clientCertsSecretName: 'admins' } } } },
      { authority: 'CA' },
    )
    expect(manifests.some(({ kind }) => kind === 'Secret')).toBe(false)
    const { pod, container, env } = podOf(manifests)
    expect(pod.volumes.flatMap(({ secret }) => secret?.secretName ?? [])).toEqual(['mine', 'api', 'admins'])
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name))
    expect(env).toHaveProperty('KUMA_API_SERVER_HTTPS_TLS_CERT_FILE')
    expect(env).toHaveProperty('KUMA_API_SERVER_AUTH_CLIENT_CERTS_DIR')
  })

  it('asks the control plane about everything but insights, and not about what it writes itself', () => {
    const webhooks = (install().named('ValidatingWebhookConfiguration') as Manifest)['webhooks'] as readonly {
      readonly name: string
      readonly rules: readonly { readonly resources: readonly string[] }[]
      readonly matchConditions?: readonly { readonly expression: string }[]
      readonly clientConfig: { readonly caBundle: string }
    }[]
    const [resources] = webhooks
    expect(resources?.rules[0]?.resources).toEqual(['meshes', 'trafficpermissions'])
    expect(resources?.matchConditions?.[0]?.expression).toBe(
      "request.userInfo.username != 'system:serviceaccount:mesh-system:kuma-control-plane'",
    )
    expect(atob(resources?.clientConfig.caBundle ?? '')).toBe('CA')
  })
})

describe('values', () => {
  it('have defaults for everything', () => {
    expect(installValues().parse({}).controlPlane.replicas).toBe(1)
  })

  it('add to maps of the defaults, and take away what is null', () => {
    const read = (text: string) => readInstallValues(parse(text)).values?.controlPlane.nodeSelector
    expect(read('controlPlane: { nodeSelector: { a: b } }')).toEqual({ 'kubernetes.io/os': 'linux', a: 'b' })
    expect(read('controlPlane: { nodeSelector: { kubernetes.io/os: null } }')).toEqual({})
  })

  it.each([
    ['controlPlane: { replicas: many }', 'controlPlane.replicas', '"many" is not allowed: Invalid input: expected number, received string'],
    [
      'controlPlane: { mode: global }',
      'controlPlane.mode',
      '"global" is not allowed: only "zone" can be installed: this control plane has no global mode',
    ],
    ['controlPlane: { zone: Not_A_Label }', 'controlPlane.zone', /^"Not_A_Label" is not allowed: expected up to 63 lower case letters/],
    ['controlplane: {}', 'controlplane', 'there is no such value'],
    ['controlPlane: { resources: { request: {} } }', 'controlPlane.resources.request', 'there is no such value'],
  ])('%s is refused', (text, path, message) => {
    expect(readInstallValues(parse(text)).faults).toEqual([
      { path, message: typeof message === 'string' ? message : expect.stringMatching(message) },
    ])
  })
})

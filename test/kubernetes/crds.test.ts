import { describe, expect, it } from 'vitest'
import { definitions } from '../../src/kubernetes/crd/definition.js'
import { kinds } from '../../src/translate/kinds.js'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'

interface Condition {
  readonly type: string
  readonly status: string
  readonly message: string
}

describe.skipIf(kubernetes.missing)(`custom resource definitions ${kubernetes.reason}`, () => {
  const test = kubernetesServer()
  const apply = (object: object) => test.server.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) })
  const own = (kind: string, name: string, rest: object, namespace?: string) => ({
    apiVersion: 'kuma.io/v1alpha1',
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    ...rest,
  })

  it('are all taken, established and structural', async () => {
    const all = definitions(kinds)
    const applied = await apply({ apiVersion: 'v1', kind: 'List', items: all })
    expect(applied.stderr).toBe('')
    await test.server.createNamespace('kuma-system')
    for (const { metadata } of all) {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`
      const conditions = async () =>
        ((await test.server.request('GET', path)).body as { status?: { conditions?: readonly Condition[] } }).status?.conditions ?? []
      await expect.poll(async () => (await conditions()).map(({ type, status }) => `${type}=${status}`)).toContain('Established=True')
      expect((await conditions()).filter(({ type }) => type === 'NonStructuralSchema')).toEqual([])
    }
  })

  it('refuse a wrong type, an unknown field and a missing one', async () => {
    const refused = await apply(
      own('MeshTimeout', 'a', { spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 5 } }] } }, 'kuma-system'),
    )
    expect(refused.stderr).toMatch(/spec\.to\[0\]\.targetRef\.kind: (Unsupported|Invalid) value/)
    const unknown = await apply(own('MeshTimeout', 'a', { spec: { targetRef: { kind: 'Mesh' }, two: [] } }, 'kuma-system'))
    expect(unknown.stderr).toContain('unknown field "spec.two"')
    const missing = await apply(own('MeshService', 'a', { spec: { ports: [{ name: 'x' }] } }, 'kuma-system'))
    expect(missing.stderr).toContain('spec.ports[0].port: Required value')
    const enumerated = await apply(own('TrafficTrace', 'a', { mesh: 'default', spec: { selectors: 'all' } }))
    expect(enumerated.stderr).toContain('spec.selectors: Invalid value')
  })

  it('take the spelling of older versions', async () => {
    const ok = async (object: object) => expect(await apply(object)).toMatchObject({ code: 0 })
    await ok(own('Mesh', 'demo', { spec: { mtls: { enabled: true, ca: { builtin: {} } } } }, 'kuma-system'))
    await ok(
      own('Dataplane', 'a', { mesh: 'demo', spec: { networking: { inbound: [{ interface: '127.0.0.1:8000:80' }] } } }, 'kuma-system'),
    )
    await ok(own('TrafficRoute', 'a', { mesh: 'demo', spec: { sources: [], destinations: [], conf: [{ weight: 1, destination: {} }] } }))
    const kept = await test.server.kubectl(['get', 'mesh', 'demo', '-o', 'jsonpath={.spec.mtls.ca}'])
    expect(kept.stdout).toBe('{"builtin":{}}')
  })

  it('are listed as Kuma lists them', async () => {
    const listed = await test.server.kubectl(['get', 'crd', '-o', 'name'])
    for (const name of ['meshes', 'dataplanes', 'dataplaneinsights', 'trafficpermissions', 'proxytemplates']) {
      expect(listed.stdout).toContain(`customresourcedefinition.apiextensions.k8s.io/${name}.kuma.io`)
    }
    expect((await test.server.kubectl(['get', 'kuma', '-A'])).stdout).toContain('mesh.kuma.io/demo')
    expect((await test.server.kubectl(['get', 'dp', '-A'])).stdout).toContain('KUMA.IO/SERVICE')
  })
})

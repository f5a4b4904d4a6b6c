import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../store/memory.js'
import { registry } from '../../../translate/kinds.js'
import { validatePod } from '../../../kubernetes/admission/pods.js'
import { standardRules } from '../../write-rules.js'
import { type ResourceAdmissionOptions, createResourceAdmission } from './resources.js'

const controlPlane = 'system:serviceaccount:kuma-system:kuma-control-plane'

async function admission(settings: Pick<ResourceAdmissionOptions, 'mayChangeCa'> = {}) {
  const store = createMemoryStore()
  await store.write([{ op: 'put', resource: { type: 'Mesh', name: 'demo', labels: {}, spec: {} } }])
  const rules = standardRules({ store, clock: () => new Date(0), unsafeDelete: false })
  const place = { zone: 'zone-1', systemNamespace: 'kuma-system', allowedUsers: [controlPlane] }
  const meshUid = async (name: string) => (name === 'demo' ? 'uid-of-demo' : undefined)
  return { store, ...createResourceAdmission({ store, registry, rules, ...place, ...settings, meshUid }) }
}

const question = (object: object | undefined, { operation = 'CREATE', user = 'someone', namespace = 'apps', oldObject }: Asked = {}) => ({
  uid: 'u1',
  operation,
  namespace,
  name: 'a',
  object,
  oldObject,
  userInfo: { username: user },
})
interface Asked {
  readonly operation?: string
  readonly user?: string
  readonly namespace?: string
  readonly oldObject?: object
}

const permission = (spec: object, mesh = 'demo') => ({
  apiVersion: 'kuma.io/v1alpha1',
  kind: 'TrafficPermission',
  mesh,
  metadata: { name: 'a', namespace: 'apps' },
  spec,
})
const anyone = [{ match: { 'kuma.io/service': '*' } }]
const timeout = (spec: object, metadata: object = {}) => ({
  apiVersion: 'kuma.io/v1alpha1',
  kind: 'MeshTimeout',
  metadata: { name: 'a', namespace: 'apps', labels: { 'kuma.io/mesh': 'demo' }, ...metadata },
  spec,
})
const toService = (name: string) => ({ targetRef: { kind: 'MeshService', name }, default: { connectionTimeout: '1s' } })
const toMesh = { targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '1s' } }

const patchOf = ({ patch = '' }: { readonly patch?: string }) =>
  patch === '' ? [] : (JSON.parse(Buffer.from(patch, 'base64').toString()) as unknown[])

describe('validation', () => {
  it('lets a good one in', async () => {
    const { validate } = await admission()
    expect(await validate(question(permission({ sources: anyone, destinations: anyone })))).toEqual({ uid: 'u1', allowed: true })
  })

  it('names the fields that are wrong in the words of the REST API, where the object has them', async () => {
    const { validate } = await admission()
    expect(await validate(question(permission({ sources: [] })))).toEqual({
      uid: 'u1',
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: 'spec.sources: must have at least one element; spec.destinations: must have at least one element',
        details: {
          name: 'a',
          kind: 'TrafficPermission',
          causes: [
            { reason: 'FieldValueInvalid', field: 'spec.sources', message: 'must have at least one element' },
            { reason: 'FieldValueInvalid', field: 'spec.destinations', message: 'must have at least one element' },
          ],
        },
      },
    })
  })

  it('refuses what is in no mesh', async () => {
    const { validate } = await admission()
    const answer = await validate(question(permission({ sources: anyone, destinations: anyone }, 'nowhere')))
    expect(answer).toMatchObject({ allowed: false, status: { code: 404, message: 'Failed to retrieve Mesh: Not found' } })
  })

  it('knows labels that can not be', async () => {
    const { validate } = await admission()
    const answer = await validate(question(timeout({ to: [toMesh] }, { labels: { 'kuma.io/mesh': 'demo', 'kuma.io/origin': 'moon' } })))
    expect(answer.status?.message).toBe('labels["kuma.io/origin"]: unknown resource origin "moon"')
  })

  it('keeps kinds that concern the whole zone in the namespace of the control plane', async () => {
    const { validate } = await admission()
    const generator = (namespace: string) => ({
      apiVersion: 'kuma.io/v1alpha1',
      kind: 'HostnameGenerator',
      metadata: { name: 'a', namespace },
      spec: { template: '{{ .DisplayName }}.mesh', selector: { meshService: { matchLabels: {} } } },
    })
    const refused = await validate(question(generator('apps')))
    expect(refused.status).toMatchObject({
      code: 403,
      message: 'resource type HostnameGenerator can be created only in the system namespace:kuma-system',
    })
    expect(await validate(question(generator('kuma-system'), { namespace: 'kuma-system' }))).toMatchObject({ allowed: true })
    expect(await validate(question(generator('apps'), { user: controlPlane }))).toMatchObject({ allowed: true })
  })

  it('tells by warnings what is deprecated', async () => {
    const { validate } = await admission()
    const older = { sources: [{ match: { service: 'web' } }], destinations: anyone }
    const { allowed, warnings } = await validate(question(permission(older)))
    expect(allowed).toBe(true)
    expect(warnings?.join()).toContain('kuma.io/service')
  })

  it('lets a mesh go over to another CA while mTLS is on only where that is configured', async () => {
    const mesh = (enabledBackend: string) => ({
      apiVersion: 'kuma.io/v1alpha1',
      kind: 'Mesh',
      metadata: { name: 'demo' },
      spec: { mtls: { enabledBackend, backends: [{ name: enabledBackend, type: 'builtin' }] } },
    })
    const update = question(mesh('ca-2'), { operation: 'UPDATE', oldObject: mesh('ca-1'), namespace: '' })
    expect(await (await admission()).validate(update)).toMatchObject({
      allowed: false,
      status: { code: 422, message: expect.stringContaining('Changing CA when mTLS is enabled is forbidden') },
    })
    const { complete, validate } = await admission({ mayChangeCa: true })
    expect(await complete(update)).toMatchObject({ allowed: true })
    expect(await validate(update)).toEqual({ uid: 'u1', allowed: true })
  })

  it('keeps a mesh with dataplanes', async () => {
    const { store, validate } = await admission()
    const mesh = { apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', metadata: { name: 'demo' }, spec: {} }
    const removal = question(undefined, { operation: 'DELETE', oldObject: mesh, namespace: '' })
    expect(await validate(removal)).toMatchObject({ allowed: true })
    const spec = { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } }
    await store.write([{ op: 'put', resource: { type: 'Dataplane', mesh: 'demo', name: 'web', labels: {}, spec } }])
    expect((await validate(removal)).status?.message).toBe('mesh: unable to delete mesh, there are still some dataplanes attached')
  })

  it('takes names that the API server is still to make', async () => {
    const { validate, complete } = await admission()
    const nameless = {
      ...timeout({ to: [toMesh] }),
      metadata: { generateName: 'a-', namespace: 'apps', labels: { 'kuma.io/mesh': 'demo' } },
    }
    expect(await validate(question(nameless))).toMatchObject({ allowed: true })
    expect(JSON.stringify(patchOf(await complete(question(nameless))))).not.toContain('/metadata/name')
    const wrong = { ...nameless, metadata: { ...nameless.metadata, generateName: '' } }
    expect((await validate(question(wrong))).status?.message).toContain('name: ')
  })

  it('lets go what is being deleted', async () => {
    const { validate } = await admission()
    const going = { ...permission({ sources: anyone, destinations: anyone }, 'gone') }
    const metadata = { ...going.metadata, deletionTimestamp: '2026-11-01T00:00:00Z' }
    expect(await validate(question({ ...going, metadata }, { operation: 'UPDATE', oldObject: going }))).toEqual({
      uid: 'u1',
      allowed: true,
    })
  })

  it('does not look at what is not its', async () => {
    const { validate, complete } = await admission()
    for (const ask of [validate, complete]) expect(await ask(question({ kind: 'Pod' }))).toEqual({ uid: 'u1', allowed: true })
  })

  it('refuses a change of where a resource comes from', async () => {
    const { validate } = await admission()
    const labels = (origin: string) => ({ labels: { 'kuma.io/mesh': 'demo', 'kuma.io/origin': origin } })
    const before = timeout({ to: [toMesh] }, labels('global'))
    const answer = await validate(question(timeout({ to: [toMesh] }, labels('zone')), { operation: 'UPDATE', oldObject: before }))
    expect(answer.status?.message).toBe('labels["kuma.io/origin"]: is immutable, cannot be changed from "global" to "zone"')
  })
})

describe('completion', () => {
  it('adds the labels of a zone, and that the resource goes with its mesh', async () => {
    const { complete } = await admission()
    const patch = patchOf(await complete(question(timeout({ to: [toMesh] }))))
    const added = Object.fromEntries((patch as { path: string; value: unknown }[]).map(({ path, value }) => [path, value]))
    expect(added).toEqual({
      '/metadata/labels/kuma.io~1origin': 'zone',
      '/metadata/labels/kuma.io~1zone': 'zone-1',
      '/metadata/labels/kuma.io~1env': 'kubernetes',
      '/metadata/labels/kuma.io~1policy-role': 'consumer',
      '/metadata/labels/k8s.kuma.io~1namespace': 'apps',
      '/metadata/ownerReferences': [{ apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', name: 'demo', uid: 'uid-of-demo' }],
    })
  })

  it.each([
    [[toService('backend')], 'apps', 'producer'],
    [[toMesh], 'apps', 'consumer'],
    [[], 'apps', 'workload-owner'],
    [[toService('backend')], 'kuma-system', 'system'],
  ])('%j in %s is a policy of the role %s', async (to, namespace, role) => {
    const { complete } = await admission()
    const rules = to.length === 0 ? { rules: [{ default: { connectionTimeout: '1s' } }] } : { to }
    const labels = { labels: { 'kuma.io/mesh': 'demo' }, namespace }
    expect(JSON.stringify(patchOf(await complete(question(timeout(rules, labels), { namespace }))))).toContain(
      `{"op":"add","path":"/metadata/labels/kuma.io~1policy-role","value":"${role}"}`,
    )
  })

  it('a policy that is of two roles is refused', async () => {
    const { complete, validate } = await admission()
    const both = question(timeout({ to: [toService('backend'), toMesh] }))
    expect(await complete(both)).toEqual({ uid: 'u1', allowed: true })
    expect((await validate(both)).status?.message).toBe("spec: it's not allowed to mix producer and consumer items in the same policy")
  })

  it('adds nothing to what is complete', async () => {
    const { complete } = await admission()
    const completed = timeout(
      { to: [toMesh] },
      {
        labels: {
          'k8s.kuma.io/namespace': 'apps',
          'kuma.io/env': 'kubernetes',
          'kuma.io/mesh': 'demo',
          'kuma.io/origin': 'zone',
          'kuma.io/policy-role': 'consumer',
          'kuma.io/zone': 'zone-1',
        },
        ownerReferences: [{ apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', name: 'demo', uid: 'uid-of-demo' }],
      },
    )
    expect(await complete(question(completed))).toEqual({ uid: 'u1', allowed: true })
  })

  it('writes the defaults of a mesh down', async () => {
    const { complete } = await admission()
    const mesh = { apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', metadata: { name: 'new' }, spec: { metrics: prometheus } }
    expect(patchOf(await complete(question(mesh, { namespace: '' })))).toContainEqual({
      op: 'add',
      path: '/spec/metrics/backends/0/conf/port',
      value: 5670,
    })
  })

  it('leaves what is wrong as it is', async () => {
    const { complete } = await admission()
    expect(await complete(question(permission({ sources: [] })))).toEqual({ uid: 'u1', allowed: true })
  })
})

const prometheus = { enabledBackend: 'p', backends: [{ name: 'p', type: 'prometheus', conf: { path: '/m' } }] }

it('Pods may not say of which workload they are', () => {
  const pod = (labels: object) => ({ kind: 'Pod', metadata: { name: 'a', labels } })
  expect(validatePod(question(pod({ app: 'web' })))).toEqual({ uid: 'u1', allowed: true })
  expect(validatePod(question(pod({ 'kuma.io/workload': 'web' })))).toMatchObject({ allowed: false, status: { code: 403 } })
})

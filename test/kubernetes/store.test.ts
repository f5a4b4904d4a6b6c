import { describe, expect, it } from 'vitest'
import type { ChangeEvent, Store } from '../../src/core/store.js'
import { kinds } from '../../src/translate/kinds.js'
import { brief, settled } from '../store-contract/samples.js'
import { kubernetes } from '../with-kubernetes.js'
import { kubernetesStores, systemNamespace } from './stores.js'

describe.skipIf(kubernetes.missing)(`a store in a cluster that others work on too ${kubernetes.reason}`, () => {
  const wanted = ['Mesh', 'Dataplane', 'DataplaneInsight', 'MeshTimeout', 'TrafficPermission', 'Secret', 'GlobalSecret']
  const test = kubernetesStores({ kinds: kinds.filter(({ type }) => wanted.includes(type)) })

  const object = (kind: string, name: string, rest: object = {}, namespace?: string, labels: Readonly<Record<string, string>> = {}) => ({
    apiVersion: 'kuma.io/v1alpha1',
    kind,
    metadata: { name, labels, ...(namespace !== undefined && { namespace }) },
    ...rest,
  })
  const timeouts = { spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout: '5s' } }] } }
  async function kubectl(args: readonly string[], input?: object): Promise<string> {
    const { code, stdout, stderr } = await test.server.kubectl(args, input && { input: JSON.stringify(input) })
    if (code !== 0) throw new Error(stderr)
    return stdout
  }
  const apply = (one: object) => kubectl(['apply', '-f', '-'], one)
  function heard(store: Store): string[] {
    const told: string[] = []
    store.watch((events) => told.push(...(events === 'reset' ? ['reset'] : brief(events as readonly ChangeEvent[]))))
    return told
  }

  it('tells what kubectl applies, changes and deletes, once', async () => {
    await test.empty()
    const store = await test.open()
    const told = heard(store)
    await apply(object('Mesh', 'default'))
    await expect.poll(() => told).toEqual(['+Mesh//default'])
    await apply(object('MeshTimeout', 'slow', timeouts, systemNamespace))
    await expect.poll(() => told.slice(1)).toEqual(['+MeshTimeout/default/slow.kuma-system'])
    await kubectl(['annotate', 'mesh', 'default', 'note=1'])
    await kubectl(['label', 'meshtimeout', 'slow', '-n', systemNamespace, 'team=a'])
    await expect.poll(() => told.slice(2)).toEqual(['+MeshTimeout/default/slow.kuma-system'])
    expect((await store.get({ type: 'MeshTimeout', mesh: 'default', name: 'slow.kuma-system' }))?.resource.labels).toEqual({ team: 'a' })
    await kubectl(['delete', 'meshtimeout', 'slow', '-n', systemNamespace])
    await expect.poll(() => told.slice(3)).toEqual(['-MeshTimeout/default/slow.kuma-system'])
  })

  it('reads the mesh of older objects from their field, of younger ones from their label', async () => {
    await test.empty()
    const store = await test.open()
    await apply(object('Mesh', 'demo', { spec: { mtls: { enabled: true, ca: { builtin: {} } } } }, systemNamespace))
    await apply(
      object('TrafficPermission', 'all', {
        mesh: 'demo',
        spec: { sources: [{ match: { service: '*' } }], destinations: [{ match: { service: '*' } }] },
      }),
    )
    await apply(object('MeshTimeout', 'a', timeouts, systemNamespace, { 'kuma.io/mesh': 'demo' }))
    await expect
      .poll(async () => (await store.list({ mesh: 'demo' })).items.map(({ resource }) => resource.name))
      .toEqual(['a.kuma-system', 'all'])
    // In today's spelling, whatever it was written in.
    const mesh = await store.get({ type: 'Mesh', name: 'demo' })
    expect(mesh?.resource.spec).toEqual({ mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } })
    const permission = await store.get({ type: 'TrafficPermission', mesh: 'demo', name: 'all' })
    expect(permission?.resource.spec).toMatchObject({ sources: [{ match: { 'kuma.io/service': '*' } }] })
  })

  it('keeps secrets as Secrets of their type, and what has no namespace in its own', async () => {
    await test.empty()
    const store = await test.open()
    await store.write([
      { op: 'put', resource: { type: 'Mesh', name: 'default', labels: {}, spec: {} } },
      { op: 'put', resource: { type: 'Secret', mesh: 'default', name: 'ca', labels: {}, spec: { data: 'YQ==' } } },
      { op: 'put', resource: { type: 'MeshTimeout', mesh: 'default', name: 'a', labels: {}, spec: timeouts.spec } },
    ])
    const secret = JSON.parse(await kubectl(['get', 'secret', 'ca', '-n', systemNamespace, '-o', 'json']))
    expect(secret).toMatchObject({ type: 'system.kuma.io/secret', data: { value: 'YQ==' } })
    expect(secret.metadata.ownerReferences).toBeUndefined()
    expect(await kubectl(['get', 'meshtimeout', 'a', '-n', systemNamespace, '-o', 'name'])).toBe('meshtimeout.kuma.io/a\n')
  })

  it('a version that kubectl has changed since is a conflict', async () => {
    await test.empty()
    const store = await test.open()
    const mesh = { type: 'Mesh', name: 'default', labels: {}, spec: {} }
    const [stored] = await store.write([{ op: 'put', resource: mesh }])
    await kubectl(['label', 'mesh', 'default', 'by=kubectl'])
    const write = store.write([{ op: 'put', resource: { ...mesh, labels: { by: 'us' } }, expect: stored?.version ?? 0 }])
    await expect(write).rejects.toMatchObject({ code: 'conflict' })
    // Without an expectation the last one wins, as everywhere.
    await kubectl(['label', '--overwrite', 'mesh', 'default', 'by=again'])
    await store.write([{ op: 'put', resource: { ...mesh, labels: { by: 'us' } } }])
    expect((await store.get(mesh))?.resource.labels).toEqual({ by: 'us' })
  })

  it('what belongs to a mesh goes when kubectl deletes the mesh', async () => {
    await test.empty()
    const store = await test.open()
    await apply(object('Mesh', 'default'))
    await apply(object('MeshTimeout', 'a', timeouts, systemNamespace))
    await expect.poll(async () => (await store.list()).items.length).toBe(2)
    await kubectl(['delete', 'mesh', 'default'])
    await expect.poll(async () => (await store.list()).items.length).toBe(0)
    await expect.poll(() => kubectl(['get', 'meshtimeouts', '-A', '-o', 'name'])).toBe('')
  })

  it('leaves out what a schema does not take, keeps what was known before, and says so', async () => {
    await test.empty()
    const problems: string[] = []
    const store = await test.open({ onProblem: (problem) => problems.push(problem) })
    await apply(object('Mesh', 'default'))
    const timeout = (default_: object) =>
      object(
        'MeshTimeout',
        'a',
        { spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: default_ }] } },
        systemNamespace,
      )
    await apply(timeout({ idleTimeout: '5s' }))
    const key = { type: 'MeshTimeout', mesh: 'default', name: 'a.kuma-system' }
    await expect.poll(async () => await store.get(key)).toBeDefined()
    await apply(timeout({ idleTimeout: 'soon' }))
    await expect.poll(() => problems.join()).toMatch(/MeshTimeout\/kuma-system\/a is left out: .*soon/)
    expect(JSON.stringify((await store.get(key))?.resource.spec)).toContain('5s')
  })

  it('finishes what another process left half done', async () => {
    await test.empty()
    const store = await test.open()
    await store.write([{ op: 'put', resource: { type: 'Mesh', name: 'default', labels: {}, spec: {} } }])
    const told = heard(store)
    const all = [{ match: { 'kuma.io/service': '*' } }]
    const permissions = ['one', 'two'].map((name) => {
      const made = object('TrafficPermission', name, { mesh: 'default', spec: { sources: all, destinations: all } })
      return {
        ...made,
        metadata: {
          ...made.metadata,
          annotations: { 'kuma.io/modification-time': `2030-01-01T00:00:00.${name.length}${name.charCodeAt(0)}Z` },
        },
      }
    })
    await test.leaveHalfDone(permissions)
    await test.server.request('POST', '/apis/kuma.io/v1alpha1/trafficpermissions', permissions[0])
    // Neither is told as long as it isn't done.
    await settled(store)
    await expect.poll(() => told, { timeout: 40_000 }).toEqual(['+TrafficPermission/default/one', '+TrafficPermission/default/two'])
    expect(await kubectl(['get', 'trafficpermissions', '-o', 'name'])).toBe(
      'trafficpermission.kuma.io/one\ntrafficpermission.kuma.io/two\n',
    )
  })

  it('waits for an API server that is away, and misses nothing of what happened then', { timeout: 240_000 }, async () => {
    await test.empty()
    const store = await test.open({ patienceMs: 200_000 })
    await store.write([{ op: 'put', resource: { type: 'Mesh', name: 'default', labels: {}, spec: {} } }])
    const told = heard(store)
    await test.server.stop()
    const late = store.write([{ op: 'put', resource: { type: 'Mesh', name: 'late', labels: {}, spec: {} } }])
    const listed = store.list({ type: 'Mesh' })
    await test.server.start()
    await apply(object('Mesh', 'by-kubectl'))
    await late
    expect((await listed).items.length).toBeGreaterThan(0)
    await expect.poll(() => [...told].sort(), { timeout: 100_000 }).toEqual(['+Mesh//by-kubectl', '+Mesh//late'])
  })
})

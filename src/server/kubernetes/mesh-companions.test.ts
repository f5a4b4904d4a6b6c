import { afterEach, expect, it } from 'vitest'
import { soleLeader } from '../../core/leader.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { createMemoryStore } from '../../store/memory.js'
import { registry } from '../../translate/kinds.js'
import { silentLog } from '../log.js'
import { meshAuthorityRule } from '../write-rules.js'
import { createMeshCompanions } from './mesh-companions.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function start(store: Store, marked = new Set<string>()) {
  const rules = [meshAuthorityRule({ store, clock: () => new Date('2026-11-01T00:00:00Z'), unsafeDelete: false })]
  const companions = createMeshCompanions({
    store,
    registry,
    rules,
    leader: soleLeader(store),
    zone: 'east',
    systemNamespace: 'kuma-system',
    marks: { isMarked: async (name) => marked.has(name), mark: async (name) => void marked.add(name) },
    log: silentLog,
  })
  closers.push(() => companions.close())
  return { marked, companions }
}

const mesh = (name: string, spec: object = {}): Resource => ({ type: 'Mesh', name, labels: {}, spec })
const namesOf = async (store: Store, type: string) => (await store.list({ type })).items.map(({ resource }) => resource.name)

it('a new mesh gets its policies, with the labels of a cluster', async () => {
  const store = createMemoryStore()
  const { marked } = start(store)
  await store.write([{ op: 'put', resource: mesh('demo') }])
  await expect.poll(() => marked.has('demo')).toBe(true)
  expect(await namesOf(store, 'MeshTimeout')).toEqual(['mesh-gateways-timeout-all-demo', 'mesh-timeout-all-demo'])
  expect((await store.get({ type: 'MeshRetry', mesh: 'demo', name: 'mesh-retry-all-demo' }))?.resource.labels).toEqual({
    'k8s.kuma.io/namespace': 'kuma-system',
    'kuma.io/env': 'kubernetes',
    'kuma.io/mesh': 'demo',
    'kuma.io/origin': 'zone',
    'kuma.io/policy-role': 'system',
    'kuma.io/zone': 'east',
  })
})

it('policies that were deleted do not come back', async () => {
  const store = createMemoryStore()
  await store.write([{ op: 'put', resource: mesh('old') }])
  start(store, new Set(['old']))
  await store.write([{ op: 'put', resource: mesh('new') }])
  await expect.poll(() => namesOf(store, 'MeshRetry')).toEqual(['mesh-retry-all-new'])
})

it('a builtin certificate authority is made when a mesh asks for it, and once', async () => {
  const store = createMemoryStore()
  await store.write([{ op: 'put', resource: mesh('demo') }])
  const { marked } = start(store)
  await expect.poll(() => marked.has('demo')).toBe(true)
  expect(await namesOf(store, 'Secret')).toEqual([])
  await store.write([
    { op: 'put', resource: mesh('demo', { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] } }) },
  ])
  await expect.poll(() => namesOf(store, 'Secret')).toEqual(['demo.ca-builtin-cert-ca', 'demo.ca-builtin-key-ca'])
  const { version } = (await store.get({ type: 'Secret', mesh: 'demo', name: 'demo.ca-builtin-cert-ca' })) ?? {}
  await store.write([
    { op: 'put', resource: mesh('demo', { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] }, routing: {} }) },
  ])
  await store.write([{ op: 'put', resource: mesh('last') }])
  await expect.poll(() => marked.has('last')).toBe(true)
  expect((await store.get({ type: 'Secret', mesh: 'demo', name: 'demo.ca-builtin-cert-ca' }))?.version).toBe(version)
})

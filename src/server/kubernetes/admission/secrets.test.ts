import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../store/memory.js'
import { registry } from '../../../translate/kinds.js'
import { standardRules } from '../../write-rules.js'
import { createSecretAdmission } from './secrets.js'

const ca = { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] }
const inUse = 'demo.ca-builtin-cert-ca'

async function admission() {
  const store = createMemoryStore()
  await store.write([{ op: 'put', resource: { type: 'Mesh', name: 'demo', labels: {}, spec: { mtls: ca } } }])
  const rules = standardRules({ store, clock: () => new Date(0), unsafeDelete: false })
  return createSecretAdmission({ registry, rules, allowedUsers: ['system:serviceaccount:kuma-system:kuma-control-plane'] })
}

const secret = (type: string, { name = 'a', value = 'AAAA', labels = { 'kuma.io/mesh': 'demo' } as Record<string, string> } = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type,
  metadata: { name, namespace: 'kuma-system', labels },
  data: { value },
})
const ofMesh = 'system.kuma.io/secret'
const ofZone = 'system.kuma.io/global-secret'
const ask = (operation: string, object?: object, oldObject?: object, username = 'someone') => ({
  uid: 'u1',
  name: 'a',
  operation,
  object,
  oldObject,
  userInfo: { username },
})
const yes = { uid: 'u1', allowed: true }
const no = (message: string) => ({ allowed: false, status: { code: 422, message } })

describe('secrets of the control plane', () => {
  it('are let in where nothing is wrong', async () => {
    const look = await admission()
    for (const good of [secret(ofMesh), secret(ofZone, { labels: {} })]) expect(await look(ask('CREATE', good))).toEqual(yes)
  })

  it("are no matter where they aren't Kuma's", async () => {
    const look = await admission()
    expect(await look(ask('CREATE', secret('Opaque', { value: '' })))).toEqual(yes)
    expect(await look(ask('DELETE', undefined, secret('kubernetes.io/tls')))).toEqual(yes)
  })

  it('have a value', async () => {
    const look = await admission()
    expect(await look(ask('CREATE', secret(ofMesh, { value: '' })))).toMatchObject(no('data.value: cannot be empty.'))
    expect(await look(ask('CREATE', { ...secret(ofMesh), data: null }))).toMatchObject(no('data.value: cannot be empty.'))
  })

  it('stay in their mesh', async () => {
    const look = await admission()
    const elsewhere = secret(ofMesh, { labels: { 'kuma.io/mesh': 'other' } })
    expect(await look(ask('UPDATE', elsewhere, secret(ofMesh)))).toMatchObject(
      no('metadata.labels["kuma.io/mesh"]: cannot change mesh of the Secret. Delete the Secret first and apply it again.'),
    )
    expect(await look(ask('CREATE', secret(ofZone)))).toMatchObject(
      no('metadata.labels["kuma.io/mesh"]: mesh cannot be set on global secret'),
    )
  })

  it('stay while a certificate authority consists of them', async () => {
    const look = await admission()
    const stored = secret(ofMesh, { name: inUse })
    expect(await look(ask('DELETE', undefined, stored))).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining('in use') },
    })
    expect(await look(ask('DELETE', undefined, secret(ofMesh, { name: 'free' })))).toEqual(yes)
    const collector = 'system:serviceaccount:kube-system:generic-garbage-collector'
    expect(await look(ask('DELETE', undefined, stored, collector))).toEqual(yes)
  })
})

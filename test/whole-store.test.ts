import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { kumactlProgram } from '../src/cmd/kumactl/program.js'
import { isInsight } from '../src/core/ownership.js'
import type { Resource } from '../src/core/resource.js'
import type { Store } from '../src/core/store.js'
import { createApi, createAccess, trustingAccess } from '../src/server/api/index.js'
import { secretKey, secretOf } from '../src/server/secrets.js'
import { openEmbeddedStore } from '../src/store/embedded.js'
import { createMemoryStore } from '../src/store/memory.js'
import { arbitraryMesh } from '../src/testing/index.js'
import { registry } from '../src/translate/kinds.js'
import { ControlPlane, about } from './api/control-plane.js'
import { insight, put } from './store-contract/samples.js'
import { postgres, postgresServer } from './with-postgres.js'

const folder = mkdtempSync(join(tmpdir(), 'kuma-whole-'))

afterAll(() => rmSync(folder, { recursive: true }))

/** What `kumactl` prints when it talks with a control plane on the store. */
async function kumactl(store: Store, args: readonly string[], input = ''): Promise<string> {
  const app = createApi({ store, registry, about, access: trustingAccess })
  await app.listen({ host: '127.0.0.1', port: 0 })
  try {
    const config = join(folder, 'config.yaml')
    const { port } = app.server.address() as AddressInfo
    writeFileSync(
      config,
      JSON.stringify({
        controlPlanes: [{ name: 'cp', coordinates: { apiServer: { url: `http://127.0.0.1:${port}` } } }],
        contexts: [{ name: 'cp', controlPlane: 'cp' }],
        currentContext: 'cp',
      }),
    )
    let said = ''
    const terminal = {
      out: (text: string) => void (said += text),
      err: (text: string) => void (said += text),
      readStdin: async () => input,
      now: () => new Date(),
      registry,
    }
    await kumactlProgram(terminal, 'test').parseAsync(['node', 'kumactl', '--config-file', config, ...args])
    return said
  } finally {
    await app.close()
  }
}

/** All but insights, which belong to connections, as text: versions differ from store to store. */
async function contentOf(store: Store): Promise<readonly Resource[]> {
  return (await store.list()).items.map(({ resource }) => resource).filter((resource) => !isInsight(resource))
}

async function filled(resources: readonly Resource[]): Promise<Store> {
  const store = createMemoryStore()
  const global = resources.filter(({ mesh }) => mesh === undefined)
  await store.write([...global, ...resources.filter(({ mesh }) => mesh !== undefined)].map((resource) => put(resource)))
  await store.write([put({ ...secretOf(secretKey(undefined, 'key'), '\u0000binary ü'), labels: { a: 'b' } })])
  return store
}

/** Random stores come out of another store as they went in, over what was there. */
async function movesTo(open: () => Promise<Store>, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(arbitraryMesh(), arbitraryMesh(), fc.constantFrom('yaml', 'json'), async (mesh, other, format) => {
    const source = await filled(mesh.resources)
    const target = await open()
    await target.write(
      [...other.resources.filter((r) => r.mesh === undefined), ...other.resources.filter((r) => r.mesh !== undefined)].map((resource) =>
        put(resource),
      ),
    )
    const exported = await kumactl(source, ['export', '-o', format])
    expect(await kumactl(target, ['apply', '--restore', '-f', '-'], exported)).toMatch(/^restored \d+ resources, deleted \d+ others\n$/)
    expect(await contentOf(target)).toEqual(await contentOf(source))
    await target.close()
  })
  await fc.assert(property, { numRuns })
}

describe('the whole store', () => {
  it('moves to a store in memory', () => movesTo(async () => createMemoryStore(), 8))

  it('moves to an embedded store', () => {
    let count = 0
    return movesTo(() => openEmbeddedStore({ path: join(folder, `${++count}.db`) }), 4)
  })

  it('keeps states and what control planes keep for themselves, and leaves insights out', async () => {
    const source = await filled([{ type: 'Mesh', name: 'default', labels: {}, spec: {} }])
    const service: Resource = {
      type: 'MeshService',
      mesh: 'default',
      name: 'web',
      labels: { 'kuma.io/zone': 'z' },
      spec: { selector: { dataplaneTags: { a: 'b' } }, ports: [{ port: 80, targetPort: 80, appProtocol: 'tcp' }], state: 'Unavailable' },
      status: { vips: [{ ip: '241.0.0.1' }] },
    }
    const dataplane: Resource = {
      type: 'Dataplane',
      mesh: 'default',
      name: 'dp',
      labels: {},
      spec: { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } },
    }
    const addresses: Resource = {
      type: 'VirtualAddresses',
      mesh: 'default',
      name: 'dns-vips',
      labels: {},
      spec: { addresses: { 'service:web': '240.0.0.7' } },
    }
    const clusterId: Resource = { type: 'Config', name: 'kuma-cluster-id', labels: {}, spec: { config: 'c-1' } }
    await source.write([put(service), put(dataplane), put(insight('dp')), put(addresses), put(clusterId)])
    const target = createMemoryStore()
    await kumactl(target, ['apply', '--restore', '-f', '-'], await kumactl(source, ['export']))
    expect(await contentOf(target)).toEqual(await contentOf(source))
    expect((await target.list({ type: 'DataplaneInsight' })).items).toEqual([])
    // What proxies of here and now believe is not brought from elsewhere, and not taken away.
    const current = { backend: 'ca-1', certificate: 'c' }
    const rotation: Resource = { type: 'CaRotation', mesh: 'default', name: 'ca-rotation', labels: {}, spec: { current } }
    await target.write([put(rotation)])
    expect(await kumactl(target, ['export'])).not.toContain('CaRotation')
    await kumactl(target, ['apply', '--restore', '-f', '-'], await kumactl(source, ['export']))
    expect((await target.get(rotation))?.resource.spec).toEqual({ current })
    // An export of a store without a cluster's id takes none away: control planes that run have agreed on it.
    await kumactl(target, ['apply', '--restore', '-f', '-'], 'type: Mesh\nname: default\n')
    expect((await contentOf(target)).map(({ type }) => type)).toEqual(['CaRotation', 'Config', 'Mesh'])
  })

  it('is for administrators, and changes nothing where something of it is not valid', async () => {
    const cp = new ControlPlane(undefined, { access: createAccess() })
    expect((await cp.get('/_store')).status).toBe(403)
    expect((await cp.put('/_store', { items: [] })).status).toBe(403)
    const trusted = new ControlPlane(cp.store)
    await trusted.apply({ type: 'Mesh', name: 'default' })
    const before = await cp.store.list()
    for (const body of ['{', '[{}]', '{"items":[{"type":"Mesh","name":"other"},{"type":"Mesh","name":"NOT VALID"}]}']) {
      expect((await trusted.put('/_store', body)).status).toBe(400)
    }
    expect((await new ControlPlane(cp.store, { readOnly: true }).put('/_store', { items: [] })).status).toBe(405)
    expect(await cp.store.list()).toEqual(before)
  })
})

describe.skipIf(postgres.missing)(`the whole store in PostgreSQL ${postgres.reason}`, () => {
  const test = postgresServer()

  it('moves there', () => movesTo(async () => test.open(await test.database()), 4))
})

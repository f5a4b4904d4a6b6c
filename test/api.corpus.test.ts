import { describe, expect, test } from 'vitest'
import { rawFault } from '../src/protojson/index.js'
import { createApi, trustingAccess } from '../src/server/api/index.js'
import { readDocuments } from '../src/core/yaml.js'
import { createMemoryStore } from '../src/store/memory.js'
import { registry } from '../src/translate/kinds.js'
import { type ConformanceCase, casesOf, groupNames, type JsonObject } from './conformance/cases.js'

const about = { product: 'Kuma', version: '0.0.0', hostname: 'localhost', instanceId: 'i', clusterId: 'c' }

type Fields = Record<string, unknown>

/** A control plane that has the mesh that each starts with. */
async function start() {
  const app = createApi({ store: createMemoryStore(), registry, about, rawFault, access: trustingAccess })
  await app.inject({ method: 'PUT', url: '/meshes/default', payload: { type: 'Mesh', name: 'default' } })
  return app
}

type App = Awaited<ReturnType<typeof start>>

function pathOf({ type, mesh, name }: Fields): string {
  const kind = registry.byType(String(type))
  return kind?.scope === 'Global' ? `/${kind.plural}/${name}` : `/meshes/${mesh}/${kind?.plural}/${name}`
}

async function putAll(app: App, { input }: ConformanceCase) {
  for (const { value } of readDocuments(input)) {
    const resource = value as Fields
    const url = pathOf(resource)
    const response = await app.inject({ method: 'PUT', url, payload: resource })
    if (response.statusCode >= 300) return { resource, status: response.statusCode, body: response.json<Fields>() }
  }
  return undefined
}

const sets = ({ causes, invalid_parameters, ...rest }: Fields) => ({
  ...rest,
  causes: new Set((causes as object[] | undefined)?.map((c) => JSON.stringify(c))),
  invalid_parameters: new Set((invalid_parameters as object[] | undefined)?.map((c) => JSON.stringify(c))),
})

/** Without what differs from run to run, and what the control plane adds to a resource afterwards. */
const put = ({ creationTime: _, modificationTime: __, availableServices: ___, ...rest }: Fields | JsonObject) => rest
const byName = (list: readonly (Fields | JsonObject)[]) => Object.fromEntries(list.map((r) => [r.name, put(r)]))

const known = (c: ConformanceCase) => [...c.kinds, ...c.resources.map(({ type }) => String(type))].every((type) => registry.byType(type))

for (const group of groupNames()) {
  const cases = casesOf(group).filter(known)
  const started = start()

  describe(`${group}: refusals over HTTP`, () => {
    test.each(cases.filter((c) => c.refusal).map((c) => [c.name, c] as const))('%s', async (_name, one) => {
      const refused = await putAll(await started, one)
      expect(refused).toBeDefined()
      expect(refused?.status).toBe(one.refusal?.status)
      expect(refused?.resource).toMatchObject({ type: one.refusal?.resource.type, name: one.refusal?.resource.name })
      expect(sets(refused?.body ?? {})).toEqual(sets((one.refusal?.body ?? {}) as Fields))
    })
  })

  describe(`${group}: what the lists give after all was put`, () => {
    test.each(cases.filter((c) => c.resources.length > 0).map((c) => [c.name, c] as const))('%s', async (_name, one) => {
      const app = await started
      expect(await putAll(app, one)).toBeUndefined()
      for (const type of new Set(one.resources.map((r) => String(r.type)))) {
        const wanted = one.resources.filter((r) => r.type === type)
        const mesh = wanted[0]?.mesh
        const plural = registry.byType(type)?.plural
        const response = await app.inject(mesh === undefined ? `/${plural}?size=1000` : `/meshes/${mesh}/${plural}?size=1000`)
        const names = new Set(wanted.map(({ name }) => name))
        const got = response.json<{ items: Fields[] }>().items.filter(({ name }) => mesh !== undefined || names.has(String(name)))
        expect(byName(got)).toEqual(byName(wanted))
      }
    })
  })

  describe(`${group}: what _rules says of each proxy`, () => {
    test.each(cases.filter((c) => Object.keys(c.rules).length > 0).map((c) => [c.name, c] as const))('%s', async (_name, one) => {
      const app = await started
      expect(await putAll(app, one)).toBeUndefined()
      for (const [proxy, wanted] of Object.entries(one.rules)) {
        const { mesh } = wanted.resource as Fields
        const response = await app.inject(`/meshes/${mesh}/dataplanes/${proxy}/_rules`)
        expect(response.json()).toEqual(wanted)
      }
    })
  })
}

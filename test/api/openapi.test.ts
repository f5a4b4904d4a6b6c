import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { convergenceRoutes } from '../../src/server/api/convergence.js'
import { issueRoutes } from '../../src/server/api/issues.js'
import type { OpenApi } from '../../src/server/api/openapi/description.js'
import { createTokens } from '../../src/server/tokens/tokens.js'
import { tokenRoutes } from '../../src/server/tokens/routes.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'
import { ControlPlane } from './control-plane.js'

const receipts = { convergence: () => Promise.reject(new Error('unused')), settled: () => Promise.reject(new Error('unused')) }
const cp = new ControlPlane(createMemoryStore(), {
  families: [
    tokenRoutes(createTokens({ store: createMemoryStore() })),
    convergenceRoutes(receipts),
    issueRoutes({ issuesOf: () => undefined }),
  ],
})
const described = async () => (await cp.get('/openapi.json')).body as unknown as OpenApi

test('everything that is served is described, and nothing else', async () => {
  const { paths } = await described()
  const told = Object.entries(paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => ({ path, method })))
  expect(told.length).toBeGreaterThan(250)
  for (const { path, method } of told) {
    const url = path.replace(/{(\w+)}/g, ':$1')
    expect(cp.app.hasRoute({ url, method: method.toUpperCase() as 'GET' }), `${method} ${path}`).toBe(true)
  }
  // What is served by other means than `serve` would not be described.
  const folder = join(import.meta.dirname, '../../src/server')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /^(api|tokens).*(?<!\.test)\.ts$/.test(file))
  const direct = files.filter((file) => /\bapp\.(get|put|post|delete|patch|all|route)\(/.test(readFileSync(join(folder, file), 'utf8')))
  expect(direct).toEqual(['api/route.ts'])
})

test('each kind has its schema, each body names one, and each operation its own name', async () => {
  const { openapi, paths, components } = await described()
  expect(openapi).toBe('3.1.0')
  for (const { type } of registry.kinds) expect(components.schemas[type], type).toMatchObject({ properties: { type: { const: type } } })
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  const text = JSON.stringify(paths)
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name)
  expect(references.filter((name) => !(name in components.schemas))).toEqual([])
  expect(paths['/meshes/{mesh}/timeouts/{name}']?.['put']).toMatchObject({
    requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Timeout' } } } },
  })
})

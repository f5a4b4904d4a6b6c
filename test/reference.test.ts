import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examples, ownExample } from '../scripts/reference/examples.js'
import { fieldsOf, glossaryKeys, readGlossary } from '../scripts/reference/fields.js'
import { aboutKinds, referenceFiles } from '../scripts/reference/pages.js'
import { root } from '../scripts/reference/root.js'
import { applyAll } from '../src/core/apply.js'
import { parse } from '../src/core/parse.js'
import { registry } from '../src/translate/kinds.js'

const folder = join(root, 'docs/reference')
const written = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(md|json)$/.test(file))
  : []
const settable = registry.kinds.filter(({ readOnly }) => !readOnly)
const fields = settable.flatMap(({ type, schema }) => fieldsOf(type, schema(), '', new Map()).map(({ path }) => ({ type, path })))

describe('the reference', () => {
  const files = referenceFiles()

  test('is what `npm run docs` writes', () => {
    expect(written.sort()).toEqual([...files.keys()].sort())
    for (const [file, text] of files) expect(readFileSync(join(folder, file), 'utf8'), file).toBe(text)
  })

  test('says of each kind what it is and shows one, where people make them', () => {
    const abouts = aboutKinds()
    const found = examples()
    for (const { type } of settable) {
      expect(abouts.get(type), type).toMatch(/\w+/)
      expect(ownExample(type) ?? found.get(type), type).toBeDefined()
    }
  })

  test('says of each field what it is, and nothing of fields that are not there', () => {
    const glossary = readGlossary()
    const used = new Set(fields.flatMap(({ type, path }) => glossaryKeys(type, path).find((key) => glossary.has(key)) ?? []))
    expect(fields.filter(({ type, path }) => !glossaryKeys(type, path).some((key) => glossary.has(key)))).toEqual([])
    expect([...glossary.keys()].filter((key) => !used.has(key))).toEqual([])
  })

  test('knows which targets a policy takes', () => {
    const page = files.get('MeshPassthrough.md')
    expect(page).toContain('(`spec.targetRef`): `Mesh`, `MeshSubset`, `Dataplane`\n')
    expect(files.get('MeshHealthCheck.md')).toContain('to: `Mesh`, `MeshService`, `MeshExternalService`, `MeshMultiZoneService`\n')
    expect(files.get('MeshTrafficPermission.md')).toContain('from: `Mesh`, `MeshSubset`, `MeshService`, `MeshServiceSubset`\n')
  })
})

/** Examples of golden cases are tried there. */
describe('examples that were written for the reference', () => {
  const types = readdirSync(join(root, 'docs/examples')).map((file) => file.replace('.yaml', ''))

  test.each(types)('%s is taken as it is', (type) => {
    const example = ownExample(type)
    const mesh = example?.value['mesh']
    const text = `${mesh === undefined ? '' : `type: Mesh\nname: ${mesh}\n---\n`}${example?.text}`
    const { items, issues } = parse(text, registry)
    expect(issues).toEqual([])
    const { resources, refusals } = applyAll(items, { registry, defaultMesh: false })
    expect(refusals).toEqual([])
    expect(resources.map((resource) => resource.type)).toContain(type)
  })
})

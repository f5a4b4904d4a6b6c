import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../scripts/reference/root.js'
import { policies } from '../src/translate/policies/index.js'

const folder = join(root, 'src/translate/policies')
const list = readFileSync(join(folder, 'index.ts'), 'utf8')
const kebab = (type: string) => type.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase()
const types = policies.map(({ kind }) => kind.type)

/** Files that name a kind for a reason of their own, which is not to make it work. */
const mayName: Readonly<Record<string, string>> = {
  'core/defaults.ts': 'the policies that a new Mesh brings are resources like those of users',
  'translate/external-permissions.ts': 'who may use an ExternalService is settled where its endpoints are',
  'translate/gateway/backends.ts': 'the same, for builtin gateways',
  'translate/zone-proxy/routed-tags.ts': 'without any TrafficRoute, every service is a destination',
  'translate/destination-clusters.ts': 'with a TrafficRoute, permissions say who hears of an ExternalService that can not be read',
  'translate/fleet/edits-catalogue.ts': 'examples of edits, for tests',
}

/** MeshHTTPRoute is also a kind of target, for whatever policy. */
const others = types.filter((type) => type !== 'MeshHTTPRoute')

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(core|translate)\/.*\.ts$/.test(file) && !/\.test\.ts$/.test(file))
  .filter((file) => !file.startsWith('translate/policies/'))

describe('a policy is a folder, its fixtures and one line', () => {
  test.each(types)('%s', (type) => {
    const name = kebab(type)
    expect(existsSync(join(folder, name, 'index.ts')), 'its folder').toBe(true)
    expect(existsSync(join(root, 'fixtures/golden', name)), 'its fixtures').toBe(true)
    const lines = list.split('\n').filter((line) => line.includes(`'./${name}/`))
    expect(lines, 'one import in policies/index.ts').toHaveLength(1)
  })

  test('no folder is left out of the list', () => {
    const folders = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    expect(folders.sort()).toEqual(types.map(kebab).sort())
  })

  test('no shared file asks for a policy by its name', () => {
    const named = sources.flatMap((file) => {
      const text = readFileSync(join(root, 'src', file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      return others.filter((type) => new RegExp(`['"\`]${type}['"\`]`).test(text)).map((type) => `${file}: ${type}`)
    })
    expect(named.filter((line) => !(line.split(':')[0]! in mayName))).toEqual([])
    const stale = Object.keys(mayName).filter((file) => !named.some((line) => line.startsWith(`${file}:`)))
    expect(stale, 'what is listed names no policy any more').toEqual([])
  })

  test('no shared file reaches into a policy’s folder', () => {
    const reaching = sources.flatMap((file) => {
      const text = readFileSync(join(root, 'src', file), 'utf8')
      return [...text.matchAll(/from '([^']*policies\/[^']+)'/g)]
        .map(([, path = '']) => relative(folder, join(root, 'src', file, '..', path)))
        .filter((path) => !['index.js', 'policy.js'].includes(path))
        .map((path) => `${file}: ${path}`)
    })
    expect(reaching).toEqual([])
  })
})

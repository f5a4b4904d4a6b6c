import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { permissions } from '../../src/kubernetes/install/permissions.js'

it('docs/kubernetes-install.md lists what the control plane may do, and why', () => {
  const page = readFileSync(new URL('../../docs/kubernetes-install.md', import.meta.url), 'utf8')
  const rows = permissions(['all kinds']).map(({ group, resources, verbs, scope, why }) => {
    const where = scope === 'cluster' ? 'everywhere' : 'own'
    return `| ${group || 'core'} | ${resources.join(', ')} | ${verbs.join(', ')} | ${where} | ${why} |`
  })
  const table = ['| group | resources | verbs | where | what for |', '|---|---|---|---|---|', ...rows].join('\n')
  expect(page).toContain(`${table}\n`)
})

it('each permission says what would fail without it, once', () => {
  const all = permissions(['meshes'])
  const said = all.flatMap(({ group, resources, scope }) => resources.map((resource) => `${scope} ${group}/${resource}`))
  expect(new Set(said).size).toBe(said.length)
  for (const { why, verbs } of all) {
    expect(why.length).toBeGreaterThan(20)
    expect(verbs).not.toContain('*')
  }
})

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { environmentName, knownSettings, loadKumaCpConfig } from '../../src/cmd/cp/config.js'
import { apiServerTlsSettings, clientCertsSettings, settingsOf } from '../../src/kubernetes/install/placement.js'
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
  for (const { why } of all) expect(why.length).toBeGreaterThan(20)
})

it('kuma-cp reads every setting that the Deployment makes', () => {
  const known = new Set(knownSettings().map(environmentName))
  const names = [...Object.keys(settingsOf(chosen)), ...Object.keys(apiServerTlsSettings), ...Object.keys(clientCertsSettings)]
  expect(names.filter((name) => !known.has(name))).toEqual([])
  const config = loadKumaCpConfig(undefined, settingsOf(chosen))
  expect(config).toMatchObject({
    environment: 'kubernetes',
    store: { type: 'kubernetes', kubernetes: { systemNamespace: 'n' } },
    multizone: { zone: { name: 'east' } },
    runtime: { kubernetes: { allowedUsers: ['system:serviceaccount:n:kuma-control-plane'], controlPlaneServiceName: 's' } },
  })
})

const chosen = {
  namespace: 'n',
  serviceName: 's',
  mode: 'zone',
  zone: 'east',
  skipMeshCreation: 'false',
  sidecarImage: 'd',
  initImage: 'i',
}

/** `npx tsx bench/plan.ts`: what a plan of a mesh of 1,000 proxies costs, by how many of them a change concerns. */
import { applyAll } from '../src/core/apply.js'
import { parseObject } from '../src/core/parse.js'
import type { Resource } from '../src/core/resource.js'
import { plan } from '../src/plan/index.js'
import { registry } from '../src/translate/kinds.js'

const [proxies, services, dialled] = [1000, 100, 5]
const service = (i: number) => `s${i % services}`

const dataplane = (i: number) => ({
  type: 'Dataplane',
  mesh: 'big',
  name: `dp-${i}`,
  networking: {
    address: `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`,
    inbound: [{ port: 8080, tags: { 'kuma.io/service': service(i), 'kuma.io/protocol': 'http', version: `v${i % 3}` } }],
    outbound: Array.from({ length: dialled }, (_, k) => ({ port: 10_000 + k, tags: { 'kuma.io/service': service(i + k * 7 + 1) } })),
  },
})
const permission = (name: string, to: object, from: string) => ({
  type: 'MeshTrafficPermission',
  mesh: 'big',
  name,
  spec: { targetRef: to, from: [{ targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': from } }, default: { action: 'Allow' } }] },
})
const mesh = {
  type: 'Mesh',
  name: 'big',
  skipCreatingInitialPolicies: ['*'],
  mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] },
}
const own = Array.from({ length: services }, (_, i) =>
  permission(`allow-${i}`, { kind: 'MeshSubset', tags: { 'kuma.io/service': service(i) } }, service(i + 1)),
)
const timeout = {
  type: 'MeshTimeout',
  mesh: 'big',
  name: 'all',
  spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout: '7s' } } }] },
}

function stored(objects: readonly object[]): readonly Resource[] {
  return applyAll(
    objects.flatMap((object) => parseObject(object, registry).items),
    { registry, defaultMesh: false },
  ).resources
}

const base = [mesh, ...Array.from({ length: proxies }, (_, i) => dataplane(i)), ...own]
const before = stored(base)

function measure(what: string, after: readonly Resource[]): void {
  const start = process.cpuUsage()
  const { impact, proxies: changed } = plan(before, after)
  const { user, system } = process.cpuUsage(start)
  console.log(`${what.padEnd(44)} ${Math.round((user + system) / 1000)} ms of processor, ${changed.length} proxies change: ${impact}`)
}

measure('nothing (first run, cold)', before)
measure(
  'one permission goes',
  before.filter(({ name }) => name !== 'allow-3'),
)
measure(
  'one proxy goes',
  before.filter(({ name }) => name !== 'dp-3'),
)
measure('a timeout for everybody', stored([...base, timeout]))

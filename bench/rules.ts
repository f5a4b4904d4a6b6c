/**
 * `npx tsx bench/rules.ts`: what the rule engine costs. Rules by clients' tags have to be linear in the rules that come out,
 * matching in the policies that can select a proxy.
 */
import type { Resource } from '../src/core/resource.js'
import { type PolicyKind, type PolicySpec, type ProxySpec, createMeshRules } from '../src/translate/rules/index.js'

const permission: PolicyKind = {
  type: 'MeshTrafficPermission',
  policy: { matching: 'targetRef', hasFromTargetRef: true, hasRulesTargetRef: true },
}
const timeout: PolicyKind = { type: 'MeshTimeout', policy: { matching: 'targetRef', hasToTargetRef: true } }

const dataplane = (name: string, app: string): Resource<ProxySpec> => ({
  type: 'Dataplane',
  mesh: 'default',
  name,
  labels: { app, env: 'prod' },
  spec: { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': app } }] } },
})

function rulesOf(policies: readonly Resource<PolicySpec>[]) {
  const byType = new Map<string, Resource[]>([['Mesh', [{ type: 'Mesh', name: 'default', labels: {}, spec: {} }]]])
  for (const policy of policies) byType.set(policy.type, [...(byType.get(policy.type) ?? []), policy])
  return createMeshRules({ name: 'default', resourcesOf: <S>(type: string) => (byType.get(type) ?? []) as Resource<S>[] })
}

function permissions(tagsOf: (i: number) => Record<string, string>, count: number, mesh: boolean) {
  const from = Array.from({ length: count }, (_, i) => ({
    targetRef: { kind: 'MeshSubset', tags: tagsOf(i) },
    default: { action: 'Allow' },
  }))
  const spec = { from: mesh ? [{ targetRef: { kind: 'Mesh' }, default: { action: 'Deny' } }, ...from] : from }
  return [{ type: 'MeshTrafficPermission', mesh: 'default', name: 'p', labels: {}, spec }]
}

/** Runs a few times; prints the median of the processor's time, and what one unit of the result costs. */
function measure(what: string, unit: string, run: () => number): void {
  const times: number[] = []
  let size = 0
  for (let i = 0; i < 9; i++) {
    const start = process.cpuUsage()
    size = run()
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / 1000)
  }
  const median = times.sort((a, b) => a - b)[4]!
  const each = size === 0 ? '' : `, ${((1000 * median) / size).toFixed(2)} µs each`
  console.log(`${what.padEnd(62)} ${median.toFixed(2).padStart(9)} ms  ${size} ${unit}${each}`)
}

const client = dataplane('web-1', 'web')
const fromRules = (policies: readonly Resource<PolicySpec>[]) =>
  rulesOf(policies).of(permission, client).from.forListener({ address: '10.0.0.1', port: 80 })?.length ?? 0

const twoKeys = (i: number) => ({ 'kuma.io/service': `s${i}`, team: `t${i}` })
for (const count of [70, 280, 1120]) {
  measure(`from: ${count} entries with two tags each`, 'rules', () => fromRules(permissions(twoKeys, count, false)))
  measure(`from: the same and the mesh`, 'rules', () => fromRules(permissions(twoKeys, count, true)))
}
measure('from: 70 entries of one key and 3 of others', 'rules', () =>
  fromRules(permissions((i) => (i < 70 ? { 'kuma.io/service': `s${i}` } : { [`k${i}`]: 'x' }), 73, true)),
)
measure('from: 70 entries with two keys of their own (refused)', 'rules', () =>
  fromRules(permissions((i) => ({ [`a${i}`]: 'x', [`b${i}`]: 'x' }), 70, true)),
)

const to = [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '5s' } }]
for (const apps of [100, 1000, 4000]) {
  const policies = [
    { type: 'MeshTimeout', mesh: 'default', name: 'all', labels: {}, spec: { to } },
    ...Array.from({ length: apps }, (_, i) => ({
      type: 'MeshTimeout',
      mesh: 'default',
      name: `app-${i}`,
      labels: {},
      spec: { targetRef: { kind: 'Dataplane', labels: { env: 'prod', app: `app${i}` } }, to },
    })),
  ]
  const dataplanes = Array.from({ length: 2 * apps }, (_, i) => dataplane(`dp-${i}`, `app${i % apps}`))
  const rules = rulesOf(policies)
  measure(`match: ${dataplanes.length} proxies, ${policies.length} policies of which two match each`, 'proxies', () => {
    for (const proxy of dataplanes) rules.of(timeout, proxy)
    return dataplanes.length
  })
}

/**
 * `npx tsx bench/explain.ts`: what provenance costs. Off, it has to cost nothing: a translation takes as long after somebody has asked
 * for provenance as before. Asked about one field, its cost goes with what that field depends on and not with the size of the mesh; asked what a policy
 * does everywhere, with the kinds of proxies that it is for.
 */
import { parseObject } from '../src/core/parse.js'
import type { Resource } from '../src/core/resource.js'
import { explainPolicyEverywhere, translateWithProvenance } from '../src/explain/index.js'
import { createFleet } from '../src/translate/fleet.js'
import { registry } from '../src/translate/kinds.js'
import { bigMesh, stored, timeout as timeoutFor } from './big-mesh.js'

const mesh = 'default'
const proxy = { mesh, name: 'web-0' }

function dataplane(service: string, index: number, outbounds: readonly string[]): object {
  const networking = {
    address: `10.${index >> 8}.${index & 255}.1`,
    inbound: [{ port: 8080, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http' } }],
    outbound: outbounds.map((name, i) => ({ port: 9000 + i, tags: { 'kuma.io/service': name } })),
  }
  return { type: 'Dataplane', mesh, name: `${service}-${index}`, networking }
}

function timeout(name: string, kind: string, connectionTimeout: string): object {
  const to = [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout } }]
  return { type: 'MeshTimeout', mesh, name, spec: { targetRef: { kind }, to } }
}

function meshOf(size: number): Resource[] {
  const services = Array.from({ length: 10 }, (_, i) => `service-${i}`)
  return [
    { type: 'Mesh', name: mesh, skipCreatingInitialPolicies: ['*'] },
    dataplane('web', 0, services.slice(0, 4)),
    ...Array.from({ length: size - 1 }, (_, i) => dataplane(services[i % services.length]!, i + 1, [])),
    timeout('everywhere', 'Mesh', '2s'),
    timeout('dataplanes', 'Dataplane', '3s'),
  ].flatMap((object) => parseObject(object, registry).resources)
}

/** Median of the processor's time in milliseconds. */
function measure(run: () => void, times: number): number {
  const taken = Array.from({ length: times }, () => {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  return taken.sort((a, b) => a - b)[times >> 1]!
}

/** One proxy translated for the first time, in meshes that are indexed. */
function translation(resources: readonly Resource[]): number {
  const fleets = Array.from({ length: 31 }, () => {
    const fleet = createFleet(resources)
    fleet.translate({ mesh, name: 'service-1-1' })
    return fleet
  })
  return measure(() => fleets.pop()!.translate(proxy), fleets.length)
}

for (const size of [10, 100, 1000]) {
  const resources = meshOf(size)
  translation(resources)
  const plain = translation(resources)
  translateWithProvenance({ resources, proxy }).provenance.of('clusters["service-0"].connectTimeout')
  const off = translation(resources)
  const field = measure(() => {
    translateWithProvenance({ resources, proxy }).provenance.of('clusters["service-0"].connectTimeout')
  }, 3)
  const figures = [
    `plain ${plain.toFixed(2)} ms`,
    `off ${off.toFixed(2)} ms (ratio ${(off / plain).toFixed(2)})`,
    `one field ${field.toFixed(0)} ms`,
  ]
  console.log(`${String(size).padStart(5)} proxies: ${figures.join(', ')}`)
}

const v1 = { kind: 'MeshSubset', tags: { version: 'v1' } }
const big = stored([...bigMesh(1000), timeoutFor('all', { kind: 'Mesh' }, '7s'), timeoutFor('v1', v1, '3s')])
for (const [type, name] of [
  ['MeshTrafficPermission', 'allow-3'],
  ['MeshTimeout', 'v1'],
  ['MeshTimeout', 'all'],
] as const) {
  let concerned = 0
  const taken = measure(() => {
    const answers = explainPolicyEverywhere({ resources: big }, { type, mesh: 'big', name })
    concerned = answers.filter(({ sets, overridden }) => sets.length + overridden.length > 0).length
  }, 1)
  console.log(`${type} ${name} on ${concerned} of 1000 proxies: ${(taken / 1000).toFixed(1)} s`)
}

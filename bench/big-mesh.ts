/** The mesh of benchmarks about changes of policies: 100 services behind their own permissions, each proxy dials five of them. */
import { applyAll } from '../src/core/apply.js'
import { parseObject } from '../src/core/parse.js'
import type { Resource } from '../src/core/resource.js'
import { registry } from '../src/translate/kinds.js'

const [mesh, services, dialled] = ['big', 100, 5]
const service = (i: number) => `s${i % services}`

function dataplane(i: number): object {
  const networking = {
    address: `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`,
    inbound: [{ port: 8080, tags: { 'kuma.io/service': service(i), 'kuma.io/protocol': 'http', version: `v${i % 3}` } }],
    outbound: Array.from({ length: dialled }, (_, k) => ({ port: 10_000 + k, tags: { 'kuma.io/service': service(i + k * 7 + 1) } })),
  }
  return { type: 'Dataplane', mesh, name: `dp-${i}`, networking }
}

function permission(name: string, to: object, from: string): object {
  const entry = { targetRef: { kind: 'MeshSubset', tags: { 'kuma.io/service': from } }, default: { action: 'Allow' } }
  return { type: 'MeshTrafficPermission', mesh, name, spec: { targetRef: to, from: [entry] } }
}

/** A MeshTimeout for whatever the proxies dial that it selects. */
export function timeout(name: string, targetRef: object, requestTimeout: string): object {
  const to = [{ targetRef: { kind: 'Mesh' }, default: { http: { requestTimeout } } }]
  return { type: 'MeshTimeout', mesh, name, spec: { targetRef, to } }
}

export function bigMesh(proxies: number): object[] {
  const mtls = { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin' }] }
  return [
    { type: 'Mesh', name: mesh, skipCreatingInitialPolicies: ['*'], mtls },
    ...Array.from({ length: proxies }, (_, i) => dataplane(i)),
    ...Array.from({ length: services }, (_, i) =>
      permission(`allow-${i}`, { kind: 'MeshSubset', tags: { 'kuma.io/service': service(i) } }, service(i + 1)),
    ),
  ]
}

/** As a control plane stores them. */
export function stored(objects: readonly object[]): readonly Resource[] {
  const parsed = objects.flatMap((object) => parseObject(object, registry).items)
  return applyAll(parsed, { registry, defaultMesh: false }).resources
}

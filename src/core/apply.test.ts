import { describe, expect, test } from 'vitest'
import { type ApplyOptions, applyAll } from './apply.js'
import { createRegistry, defineKind } from './kind.js'
import type { DataplaneSpec } from './kinds/dataplane.js'
import { coreKinds } from './kinds/index.js'
import type { MeshSpec } from './kinds/mesh.js'
import { parse } from './parse.js'
import { o } from './schema/index.js'

/** Stands for the policies, which the core does not know. */
const policy = (type: string) =>
  defineKind<unknown>({
    type,
    plural: `${type.toLowerCase()}s`,
    displayName: { singular: type, plural: type },
    scope: 'Mesh',
    encoding: 'openapi',
    schema: () => o.json(),
    validate: (_, { name }) => (name.length > 63 ? [{ path: 'name', message: 'is too long' }] : []),
  })

const registry = createRegistry([...coreKinds, policy('MeshTimeout'), policy('MeshCircuitBreaker'), policy('MeshRetry')])

function apply(text: string, options: Partial<ApplyOptions> = {}) {
  const { resources, refusals } = applyAll(parse(text, registry).items, { registry, defaultMesh: false, ...options })
  const said = refusals.map(({ status, title, detail, violations }) => [
    status,
    title,
    ...(violations.length ? violations.map((v) => `${v.path}: ${v.message}`) : [detail]),
  ])
  return { resources, refusals: said, names: resources.map(({ type, name }) => `${type} ${name}`) }
}

const mesh = (rest = '') => `type: Mesh\nname: m\nskipCreatingInitialPolicies: ['*']\n${rest}\n`
const dataplane = (rest = '', name = 'web-1') => `---
type: Dataplane
mesh: m
name: ${name}
${rest}
networking: {address: 10.0.0.1, inbound: [{port: 80, tags: {kuma.io/service: web}}]}
`

describe('meshes', () => {
  test('a control plane starts with the mesh default, and a mesh brings its policies but those it skips', () => {
    expect(apply('{type: Mesh, name: m, skipCreatingInitialPolicies: [MeshTimeout]}', { defaultMesh: true }).names).toEqual([
      'Mesh default',
      'MeshTimeout mesh-gateways-timeout-all-default',
      'MeshTimeout mesh-timeout-all-default',
      'MeshCircuitBreaker mesh-circuit-breaker-all-default',
      'MeshRetry mesh-retry-all-default',
      'Mesh m',
      'MeshCircuitBreaker mesh-circuit-breaker-all-m',
      'MeshRetry mesh-retry-all-m',
    ])
  })

  test('an update brings nothing again', () => {
    expect(apply('{type: Mesh, name: m}\n---\n{type: Mesh, name: m}').resources).toHaveLength(5)
  })

  test.each([
    ['{type: prometheus}', { port: 5670, path: '/metrics', tags: { 'kuma.io/service': 'dataplane-metrics' }, tls: {} }],
    ['{type: prometheus, conf: {port: 1, skipMTLS: true}}', { port: 1, path: '/metrics', skipMTLS: true, tls: { mode: 'disabled' } }],
    ['{type: prometheus, conf: {path: /x, tls: {mode: disabled}}}', { port: 5670, path: '/x', tls: { mode: 'disabled' } }],
  ])('defaults of Prometheus: %s', (backend, conf) => {
    const [stored] = apply(mesh(`metrics: {backends: [${backend}]}`)).resources
    expect((stored?.spec as MeshSpec | undefined)?.metrics?.backends?.[0]?.conf).toMatchObject(conf)
  })

  test.each([
    ['{name: a, type: vault}', 'mtls.backends[0].type: could not find installed plugin for this type'],
    ['{name: a, type: provided}', 'mtls.backends[0].conf.cert: has to be defined', 'mtls.backends[0].conf.key: has to be defined'],
    [
      '{name: a, type: provided, conf: {cert: {secret: c}, key: {secret: k}}}',
      'mtls.backends[0].conf.cert: could not load data: resource not found: type="Secret" name="k" mesh="m"',
      'mtls.backends[0].conf.key: could not load data: resource not found: type="Secret" name="k" mesh="m"',
    ],
    [
      '{name: a, type: provided, conf: {cert: {}, key: {inline: ""}}}',
      'mtls.backends[0].conf.cert: data source has to be chosen. Available sources: secret, file, inline',
      'mtls.backends[0].conf.key.inline: cannot be empty',
    ],
    ['{name: A, type: builtin}', 'mtls.backends[0].conf.mtls.backends.name: "A" name must be valid dns name'],
  ])('a CA that can not work: %s', (backend, ...faults) => {
    const { refusals, names } = apply(mesh(`mtls: {backends: [${backend}]}`))
    expect(refusals).toEqual([[400, 'Failed to create a resource', ...faults]])
    expect(names).toEqual([])
  })

  test('a CA is not looked at when the mesh says so, and its pair is handed to whoever can judge it', () => {
    const backend = (conf: string) => `mtls: {backends: [{name: a, type: provided, conf: {${conf}}}]}`
    expect(apply(mesh('mtls: {skipValidation: true, backends: [{name: a, type: provided}]}')).refusals).toEqual([])
    const checkCaPair = ({ certificate, privateKey }: { certificate: string; privateKey: string }) => [
      { path: 'cert[0]', message: `${certificate} and ${privateKey}` },
    ]
    const { refusals } = apply(mesh(backend('cert: {inline: Yw==}, key: {inlineString: k}')), { checkCaPair })
    expect(refusals[0]?.slice(2)).toEqual(['mtls.backends[0].conf.cert[0]: c and k'])
  })

  test('a CA in use is not changed for another', () => {
    const on = (name: string) => mesh(`mtls: {enabledBackend: ${name}, backends: [{name: ${name}, type: builtin}]}`)
    expect(apply(`${on('a')}---\n${on('b')}`).refusals).toEqual([
      [
        400,
        'Failed to update a resource',
        'mtls.enabledBackend: Changing CA when mTLS is enabled is forbidden. Disable mTLS first and then change the CA',
      ],
    ])
  })
})

describe('dataplanes', () => {
  test('labels, tags and the state of a probed inbound are filled in', () => {
    const { resources } = apply(
      `${mesh()}---
type: Dataplane
mesh: m
name: web-1
labels: {team: a}
networking:
  address: 10.0.0.1
  inbound: [{port: 80, serviceProbe: {tcp: {}}}]
  listeners: [{type: ZoneEgress, address: 10.0.0.1, port: 10002}]
`,
      { zone: 'east' },
    )
    expect(resources[1]?.labels).toEqual({
      'kuma.io/env': 'universal',
      'kuma.io/listener-zoneegress': 'enabled',
      'kuma.io/mesh': 'm',
      'kuma.io/origin': 'zone',
      'kuma.io/proxy-type': 'sidecar',
      'kuma.io/zone': 'east',
      team: 'a',
    })
    expect((resources[1]?.spec as DataplaneSpec | undefined)?.networking?.inbound).toEqual([
      { port: 80, serviceProbe: { tcp: {} }, tags: { 'kuma.io/zone': 'east' }, health: {}, state: 'NotReady' },
    ])
  })

  test('an inbound without tags stays so where only MeshServices count', () => {
    const text = `${mesh('meshServices: {mode: Exclusive}')}---\n{type: Dataplane, mesh: m, name: a, networking: {address: 10.0.0.1, inbound: [{port: 80}]}}`
    expect((apply(text).resources[1]?.spec as DataplaneSpec | undefined)?.networking?.inbound).toEqual([{ port: 80 }])
  })

  test('constraints of the mesh: all say no more than that it failed', () => {
    const constraint = (rule: string) => apply(mesh(`constraints: {dataplaneProxy: ${rule}}`) + dataplane()).refusals
    const failed = [[500, 'Failed to create a resource', 'Internal Server Error']]
    expect(constraint('{requirements: [{tags: {team: "*"}}]}')).toEqual(failed)
    expect(constraint('{requirements: [{tags: {team: a}}, {tags: {kuma.io/service: "*"}}]}')).toEqual([])
    expect(constraint('{restrictions: [{tags: {kuma.io/service: web}}]}')).toEqual(failed)
    expect(constraint('{restrictions: [{tags: {kuma.io/service: api}}]}')).toEqual([])
  })

  test.each([
    [
      'labels: {kuma.io/zone: west}',
      'Could not process a resource',
      'labels["kuma.io/zone"]: kuma.io/zone label should have default value',
    ],
    [
      'labels: {kuma.io/mesh: n}',
      'Could not process a resource',
      'labels["kuma.io/mesh"]: kuma.io/mesh label must not differ from mesh set on resource',
    ],
    ['labels: {kuma.io/origin: moon}', 'Could not process a resource', 'labels["kuma.io/origin"]: unknown resource origin "moon"'],
  ])('%s', (labels, title, fault) => expect(apply(mesh() + dataplane(labels)).refusals).toEqual([[400, title, fault]]))

  test('a workload that is no label', () => {
    expect(apply(mesh() + dataplane('labels: {kuma.io/workload: "1a"}')).refusals).toEqual([
      [400, 'Bad Request', expect.stringMatching(/^bad request: labels\["kuma.io\/workload"\]: must be a valid DNS-1035 label/)],
    ])
  })
})

describe('order and times', () => {
  test('a resource of a mesh that is not there yet is refused, whatever else is wrong with it', () => {
    const gone = [404, 'Failed to retrieve Mesh', 'Not found']
    expect(apply(dataplane() + dataplane('probes: {port: 0}', 'b')).refusals).toEqual([gone, gone])
  })

  test('an update keeps the creation time and what may not change', () => {
    const { resources, refusals } = apply(
      mesh() + dataplane('labels: {kuma.io/display-name: a}') + dataplane('labels: {kuma.io/display-name: a, x: y}') + dataplane(),
    )
    expect(resources[1]).toMatchObject({
      labels: { x: 'y' },
      creationTime: '2000-01-01T00:00:01Z',
      modificationTime: '2000-01-01T00:00:02Z',
    })
    expect(refusals).toEqual([
      [400, 'Could not update a resource', 'labels["kuma.io/display-name"]: is immutable, cannot be removed (was "a")'],
    ])
  })

  test('what comes out of a control plane is taken as it is', () => {
    const text = `${mesh().replace("['*']", '[]')}creationTime: '2026-01-01T00:00:00Z'\n${dataplane('labels: {kuma.io/env: universal, kuma.io/zone: west}')}`
    const { resources, refusals } = apply(text)
    expect(refusals).toEqual([])
    expect(resources).toHaveLength(2)
    expect(resources[0]?.creationTime).toBe('2026-01-01T00:00:00Z')
    expect(resources[1]?.labels).toEqual({ 'kuma.io/env': 'universal', 'kuma.io/zone': 'west' })
  })

  test('rules that need the name are told when it is stored', () => {
    const long = 'a'.repeat(64)
    expect(apply(`${mesh()}---\n{type: MeshRetry, mesh: m, name: ${long}, spec: {}}`).refusals).toEqual([
      [400, 'Failed to create a resource', 'name: is too long'],
    ])
  })

  test('times are those that are handed in', () => {
    let count = 0
    expect(apply(mesh(), { times: () => `2030-01-01T00:00:0${count++}Z` }).resources[0]?.creationTime).toBe('2030-01-01T00:00:00Z')
  })
})

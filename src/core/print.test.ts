import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRegistry } from './kind.js'
import { coreKinds } from './kinds/index.js'
import { parse } from './parse.js'
import { print, toKubernetes, toUniversal } from './print.js'
import type { Resource } from './resource.js'

const registry = createRegistry(coreKinds)

/** Texts that readers of YAML take for something else unless they are quoted. */
const trap = fc.constantFrom(
  'yes',
  'on',
  'n',
  'null',
  'true',
  '1',
  '1e3',
  '0x1f',
  '012',
  '1_000',
  '.5',
  '10000.59',
  '2026-01-01',
  '-',
  'a.b-c_d',
)
const word = fc.oneof(trap, fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,8}[a-z0-9])?$/))
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
const port = fc.integer({ min: 1, max: 65535 })
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const tags = fc.dictionary(fc.constantFrom('version', 'team', 'kuma.io/protocol', 'no', '1', 'on'), word, { maxKeys: 3 }).map((more) => {
  const { 'kuma.io/protocol': _, ...rest } = more
  return { ...rest, 'kuma.io/service': 'web' }
})
const duration = fc.constantFrom('1s', '1m30s', '500ms', '0.25s', '1h')

const dataplane = fc.record({
  networking: fc.record({
    address: fc.constantFrom('10.0.0.1', '2001:db8::1', 'host.example'),
    advertisedAddress: optional(fc.constant('192.0.2.1')),
    inbound: fc.array(
      fc.record({
        port,
        tags,
        name: optional(word),
        protocol: optional(fc.constantFrom('http', 'tcp')),
        state: optional(fc.constantFrom('Ready', 'NotReady', 'Ignored')),
        serviceProbe: optional(fc.record({ interval: optional(duration), timeout: optional(duration), tcp: fc.constant({}) })),
      }),
      { maxLength: 3 },
    ),
    outbound: fc.array(fc.record({ port, tags }), { maxLength: 2 }),
    transparentProxying: optional(fc.record({ redirectPortInbound: port, reachableServices: fc.array(word, { maxLength: 2 }) })),
  }),
})
const mesh = fc.record({
  skipCreatingInitialPolicies: fc.array(fc.constantFrom('*', 'MeshTimeout'), { maxLength: 2 }),
  networking: optional(fc.record({ outbound: fc.record({ passthrough: fc.boolean() }) })),
  logging: optional(
    fc.record({
      backends: fc.constant([{ name: 'f', type: 'file', format: 'a: "b"\n# c', conf: { path: '/x', on: { 'a: b': [1, null, true] } } }]),
    }),
  ),
  meshServices: optional(fc.record({ mode: fc.constantFrom('Disabled', 'Exclusive') })),
})
const insight = fc.record({
  subscriptions: fc.array(
    fc.record({
      id: word,
      connectTime: fc.constant('2026-01-01T00:00:00.123456789Z'),
      status: fc.record({ total: fc.record({ responsesSent: fc.nat(), responsesRejected: fc.nat() }) }),
    }),
    { maxLength: 2 },
  ),
})
const spec: { [type: string]: fc.Arbitrary<unknown> } = {
  Dataplane: dataplane,
  Mesh: mesh,
  DataplaneInsight: insight,
  Secret: fc.record({ data: fc.base64String() }),
  GlobalSecret: fc.record({ data: fc.base64String() }),
  Zone: fc.record({ enabled: optional(fc.boolean()) }),
}

/** Parsed resources: what a parser gives is what a printer has to preserve. */
const resource: fc.Arbitrary<Resource> = fc
  .constantFrom(...Object.keys(spec))
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      mesh: fc.constant('m'),
      name,
      labels: fc.dictionary(fc.constantFrom('team', 'kuma.io/display-name', 'k8s.kuma.io/namespace', 'on'), name, { maxKeys: 3 }),
      creationTime: optional(fc.constant('2026-01-01T00:00:00.000000001Z')),
      spec: spec[type] ?? fc.constant({}),
    }),
  )
  .map(({ spec, mesh, type, labels, ...rest }) => {
    const scoped = registry.byType(type)?.scope === 'Mesh'
    const text = {
      type,
      ...(scoped && { mesh }),
      ...rest,
      labels: scoped ? { ...labels, 'kuma.io/mesh': mesh } : labels,
      ...(spec as object),
    }
    const { resources, issues } = parse(JSON.stringify(text), registry)
    if (!resources[0]) throw new Error(JSON.stringify(issues))
    return resources[0]
  })

describe.each(['universal', 'kubernetes'] as const)('%s', (form) => {
  test.each(['yaml', 'json'] as const)('parsing what was printed as %s gives the same resources', (format) => {
    fc.assert(
      fc.property(fc.array(resource, { minLength: 1, maxLength: 3 }), (resources) => {
        const printed = print(resources, registry, { form, format })
        const { resources: read, issues } = parse(printed, registry, { strict: true })
        expect(issues).toEqual([])
        expect(read).toEqual(resources)
      }),
    )
  })
})

test('the order and the identifiers of the REST API', () => {
  const [web] = parse(
    `type: Dataplane
mesh: m
name: web-1
labels: {kuma.io/zone: east}
creationTime: '2026-01-01T00:00:00Z'
networking: {address: 10.0.0.1}
`,
    registry,
  ).resources
  if (!web) throw new Error('not parsed')
  expect(JSON.stringify(toUniversal(web, registry))).toBe(
    '{"type":"Dataplane","mesh":"m","name":"web-1","creationTime":"2026-01-01T00:00:00Z","labels":{"kuma.io/zone":"east"},' +
      '"kri":"kri_dp_m_east__web-1_","networking":{"address":"10.0.0.1"}}',
  )
  expect(toKubernetes(web, registry)).toEqual({
    apiVersion: 'kuma.io/v1alpha1',
    kind: 'Dataplane',
    mesh: 'm',
    metadata: { name: 'web-1', labels: { 'kuma.io/zone': 'east' }, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { networking: { address: '10.0.0.1' } },
  })
})

test('64-bit numbers are printed as text, as proto3 JSON has them', () => {
  const [insight] = parse(
    '{type: DataplaneInsight, mesh: m, name: a, subscriptions: [{status: {total: {responsesSent: 3}}}]}',
    registry,
  ).resources
  if (!insight) throw new Error('not parsed')
  expect(toUniversal(insight, registry)['subscriptions']).toEqual([{ status: { total: { responsesSent: '3' } } }])
})

test('a kind that is not registered is a broken promise', () => {
  expect(() => print({ type: 'Nope', name: 'a', labels: {}, spec: {} }, registry)).toThrow(
    expect.objectContaining({ code: 'unknown-kind' }),
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRegistry } from './kind.js'
import { coreKinds } from './kinds/index.js'
import type { DataplaneSpec } from './kinds/dataplane.js'
import { type ParseOptions, parse, parseObject } from './parse.js'

const registry = createRegistry(coreKinds)

const dataplane = (networking: string) => `type: Dataplane
mesh: default
name: web-1
networking:
  address: 10.0.0.1
${networking}`

function read(text: string, options?: ParseOptions) {
  const { resources, issues } = parse(text, registry, options)
  const lines = issues.map(
    ({ level, code, path, message, position }) => `${position?.line}:${position?.column} ${level} ${code} ${path}: ${message}`,
  )
  return { resources, lines }
}

describe('forms', () => {
  test('Universal and Kubernetes, YAML and JSON, many documents', () => {
    const { resources, lines } = read(`type: Mesh
name: m
---
# nothing here
---
apiVersion: kuma.io/v1alpha1
kind: Dataplane
mesh: m
metadata: {name: web-1, namespace: shop, labels: {team: a}, creationTimestamp: '2026-01-01T00:00:00Z'}
spec: {networking: {address: 10.0.0.1, inbound: [{port: 80, tags: {kuma.io/service: web}}]}}
---
{"type": "Dataplane", "mesh": "m", "name": "api-1", "networking": {"address": "10.0.0.2", "inbound": [{"port": 80}]}}
`)
    expect(lines).toEqual([])
    expect(resources.map(({ type, mesh, name }) => [type, mesh, name])).toEqual([
      ['Mesh', undefined, 'm'],
      ['Dataplane', 'm', 'web-1'],
      ['Dataplane', 'm', 'api-1'],
    ])
    expect(resources[1]).toEqual({
      type: 'Dataplane',
      mesh: 'm',
      name: 'web-1',
      labels: { 'k8s.kuma.io/namespace': 'shop', team: 'a' },
      creationTime: '2026-01-01T00:00:00Z',
      spec: { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web' } }] } },
    })
  })

  test('a secret in both forms', () => {
    const { resources } = read(`type: Secret
mesh: m
name: s
data: aGVsbG8=
---
apiVersion: v1
kind: Secret
metadata: {name: s, labels: {kuma.io/mesh: m}}
type: system.kuma.io/secret
data: {value: aGVsbG8=}
`)
    expect(resources.map(({ type, mesh, spec }) => ({ type, mesh, spec }))).toEqual(
      Array(2).fill({ type: 'Secret', mesh: 'm', spec: { data: 'aGVsbG8=' } }),
    )
  })

  test.each([
    ['a Kubernetes list', '{apiVersion: v1, kind: List, items: [{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m}}]}'],
    ['an answer of the API', '{total: 1, items: [{type: Mesh, name: m}], next: null}'],
    ['an array', '[{type: Mesh, name: m}]'],
  ])('%s stands for what it holds', (_, text) => {
    expect(read(text).resources).toEqual([{ type: 'Mesh', name: 'm', labels: {}, spec: {} }])
  })

  test('resources are frozen to the bottom', () => {
    const [resource] = read(dataplane('  inbound: [{port: 80, tags: {kuma.io/service: web}}]')).resources
    const networking = (resource?.spec as DataplaneSpec | undefined)?.networking
    expect(() => Object.assign(networking?.inbound?.[0]?.tags ?? {}, { more: 'x' })).toThrow(TypeError)
  })
})

describe('canonical form', () => {
  const inbound = (text: string) =>
    (read(dataplane(`  inbound: [${text}]`)).resources[0]?.spec as DataplaneSpec | undefined)?.networking?.inbound?.[0]

  test('zero values, nulls and empty maps say nothing; wrappers and messages do', () => {
    expect(inbound("{port: 80, servicePort: 0, name: '', state: Ready, address: null, health: {}, tags: {}}")).toEqual({
      port: 80,
      health: {},
    })
    expect(inbound('{port: 80, health: {ready: false}}')).toEqual({ port: 80, health: {} })
  })

  test('quoted numbers, enums by number, durations in one spelling, names as the proto file has them', () => {
    expect(inbound('{port: "80", state: 1, serviceProbe: {interval: 1m30s, timeout: 500ms, healthy_threshold: 3}}')).toEqual({
      port: 80,
      state: 'NotReady',
      serviceProbe: { interval: '90s', timeout: '0.500s', healthyThreshold: 3 },
    })
  })

  test('words of YAML 1.1 are booleans, clock times and single letters are text', () => {
    expect(inbound('{port: 80, health: {ready: yes}, tags: {kuma.io/service: y, at: "10000:59"}}')).toEqual({
      port: 80,
      health: { ready: true },
      tags: { 'kuma.io/service': 'y', at: '10000:59' },
    })
    expect(read(dataplane('  inbound: [{port: 80, tags: {kuma.io/service: web, at: 1:30}}]')).lines).toEqual([])
  })
})

describe('what is wrong is said with its place', () => {
  test('an unknown field is left out, and refused when asked for', () => {
    const text = dataplane('  inbound: [{port: 80, servicePorts: 81}]')
    expect(read(text)).toMatchObject({
      lines: ['6:24 warning unknown-field networking.inbound[0].servicePorts: unknown field, left out; did you mean servicePort?'],
    })
    expect(read(text).resources).toHaveLength(1)
    const strict = read(text, { strict: true })
    expect(strict.resources).toEqual([])
    expect(strict.lines[0]).toMatch(/^6:24 error unknown-field/)
  })

  test('fields of the envelope count as known, others of a Kubernetes manifest do not', () => {
    expect(read('{type: Mesh, name: m, kri: x, labels: {a: b}}').lines).toEqual([])
    expect(read('{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m}, specs: {}}').lines).toEqual([
      '1:65 warning unknown-field specs: unknown field, left out; did you mean spec?',
    ])
  })

  test.each([
    [
      'a number for a text',
      '  inbound: [{port: 80, tags: {v: 1}}]',
      '6:31 error wrong-type networking.inbound[0].tags.v: expected a text, found 1; write it in quotes',
    ],
    [
      'a text for a number',
      '  inbound: [{port: http}]',
      '6:14 error wrong-type networking.inbound[0].port: expected a whole number from 0 to 4294967295, found "http"',
    ],
    ['an object for a list', '  inbound: {port: 80}', '6:3 error wrong-type networking.inbound: expected a list, found an object'],
    [
      'an unknown word',
      '  gateway: {type: X}',
      '6:13 error wrong-type networking.gateway.type: expected one of DELEGATED, BUILTIN, found "X"',
    ],
    [
      'a fraction',
      '  inbound: [{port: 8.5}]',
      '6:14 error wrong-type networking.inbound[0].port: expected a whole number from 0 to 4294967295, found 8.5',
    ],
    ['a rule', '  inbound: [{port: 70000}]', '6:14 error invalid-value networking.inbound[0].port: port must be in the range [1, 65535]'],
  ])('%s', (_, line, expected) => {
    const { resources, lines } = read(dataplane(line))
    expect(resources).toEqual([])
    expect(lines).toContain(expected)
  })

  test.each([
    ['a second key', 'type: Mesh\nname: a\nname: b\n', /^3:1 error duplicate-key/],
    ['broken YAML', 'type: [Mesh\nname: a\n', /^\d:\d+ error invalid-yaml/],
    ['an unknown kind', 'type: Dataplan\nname: a\n', /^1:1 error unknown-kind type: .*did you mean Dataplane\?/],
    ['no kind', 'name: a\n', /^1:1 error not-a-resource/],
    ['a bare word', 'hello\n', /^1:1 error not-a-resource/],
    ['a name that is no text', 'type: Mesh\nname: 5\n', /^2:1 error wrong-type name: expected a text, found 5/],
    ['a label that is no text', 'type: Mesh\nname: a\nlabels: {b: 1}\n', /^3:1 error wrong-type labels/],
    ['a time that is none', 'type: Mesh\nname: a\ncreationTime: yesterday\n', /^3:1 error wrong-type creationTime/],
    ['a dangerous key', dataplane('  inbound: [{port: 80, tags: {__proto__: x, kuma.io/service: a}}]'), /unsafe-key/],
    ['a key that is a list', 'type: Mesh\n? [a]\n: b\n', /^2:3 error invalid-yaml : a key is a text/],
    ['an alias without anchor', 'type: Mesh\nname: *x\n', /^2:7 error (invalid-yaml|unknown-alias)/],
    ['an alias inside of its anchor', 'type: &a [*a]\n', /^1:11 error alias-bomb/],
    ['a mesh-scoped resource without mesh', 'type: Secret\nname: a\n', /error invalid-value mesh: cannot be empty/],
  ])('%s', (_, text, expected) => {
    const { resources, lines } = read(text)
    expect(resources).toEqual([])
    expect(lines[0]).toMatch(expected)
  })

  test('one bad document does not take the others with it', () => {
    const { resources, lines } = read('type: Mesh\nname: a\n---\ntype: Nope\n---\ntype: Mesh\nname: b\n')
    expect(resources.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(lines).toHaveLength(1)
  })

  test('the file stands with the place', () => {
    expect(parse('x', registry, { file: 'a.yaml' }).issues[0]?.position).toEqual({ file: 'a.yaml', line: 1, column: 1 })
  })
})

describe('limits', () => {
  test('a text that is too long is not read', () => {
    const text = `type: Mesh\nname: a\n${'#'.repeat(50 * 1024 * 1024)}`
    expect(read(text)).toEqual({
      resources: [],
      lines: [`1:1 error too-large : the text has ${text.length} characters; at most 10485760 are read`],
    })
  })

  test.each([
    ['flow', '['.repeat(100_000)],
    ['block', '- '.repeat(100_000)],
    ['maps', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
  ])('nesting without end: %s', (_, text) => {
    expect(read(text).lines).toEqual([expect.stringMatching(/error too-deep : lists and maps are nested more than 100 deep/)])
  })

  test('aliases that unfold to more than they are worth', () => {
    const levels = 'abcdefghij'.split('').map((name, i, all) => `${name}: &${name} [${Array(10).fill(i === 0 ? 'x' : `*${all[i - 1]}`)}]`)
    expect(read(`type: Mesh\nname: a\n${levels.join('\n')}\n`).lines).toEqual([expect.stringMatching(/^1:1 error alias-bomb/)])
  })

  test('aliases and merged maps in earnest are fine', () => {
    const { resources, lines } = read(
      dataplane('  inbound:\n  - &in {port: 80, tags: &t {kuma.io/service: web}}\n  - {<<: *in, port: 81}\n  - {port: 82, tags: *t}'),
    )
    expect(lines).toEqual([])
    const inbounds = (resources[0]?.spec as DataplaneSpec | undefined)?.networking?.inbound ?? []
    expect(inbounds.map(({ port, tags }) => [port, tags?.['kuma.io/service']])).toEqual([80, 81, 82].map((port) => [port, 'web']))
  })

  test('an object that holds itself', () => {
    const loop: Record<string, unknown> = { type: 'Mesh', name: 'a' }
    loop['mtls'] = loop
    expect(parseObject(loop, registry).issues).toMatchObject([{ code: 'too-deep', level: 'error' }])
  })
})

test('an object that is handed in is never changed or frozen', () => {
  const body = { type: 'Mesh', name: 'a', logging: { backends: [{ name: 'f', type: 'file', conf: { path: '/x' } }] } }
  const before = structuredClone(body)
  expect(parseObject(body, registry).resources).toHaveLength(1)
  expect(body).toEqual(before)
  expect(Object.isFrozen(body.logging.backends[0]?.conf)).toBe(false)
})

describe('whatever is handed in: whole resources or issues, never a crash', () => {
  const whole = ({ resources, issues, items }: ReturnType<typeof parse>) => {
    for (const resource of resources) {
      expect(Object.isFrozen(resource.spec)).toBe(true)
      expect(resource.name).not.toBe('')
    }
    for (const { resource, refusal, issues } of items) {
      expect(resource === undefined).toBe(refusal !== undefined)
      if (refusal) expect(issues.some(({ level }) => level === 'error')).toBe(true)
      else expect(issues.every(({ level }) => level !== 'error')).toBe(true)
    }
    expect(issues.length).toBeGreaterThanOrEqual(items.filter(({ refusal }) => refusal).length)
  }
  const sample = dataplane(`  inbound:
  - port: 80
    tags: &t {kuma.io/service: web, version: 'v1'}
    serviceProbe: {interval: 10s, tcp: {}}
  outbound: [{port: 10001, tags: *t}]
  transparentProxying: {redirectPortInbound: 15006, reachableBackends: {refs: [{kind: MeshService, name: x}]}}
`)

  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => whole(parse(text, registry))))
  })

  test('a good text with a stretch of it replaced', () => {
    const cut = fc.nat(sample.length - 1)
    const pieces = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom(':', '- ', '{', '}', '[', ']', '&t', '*t', '<<', '"', "'", '\n', '\t', '? ', '!!x ', '|', '%'),
    )
    fc.assert(
      fc.property(cut, fc.nat(12), pieces, (from, length, piece) =>
        whole(parse(sample.slice(0, from) + piece + sample.slice(from + length), registry)),
      ),
      { numRuns: 300 },
    )
  })

  test('any JSON as the spec of any kind', () => {
    const types = fc.constantFrom(...coreKinds.map(({ type }) => type))
    const fields = fc.dictionary(
      fc.constantFrom(
        'networking',
        'mtls',
        'data',
        'inbound',
        'conf',
        'listeners',
        'spec',
        'metadata',
        'labels',
        'probes',
        'metrics',
        '__proto__',
      ),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(types, fields, (type, rest) => whole(parseObject({ ...rest, type, mesh: 'default', name: 'a' }, registry))),
      { numRuns: 300 },
    )
  })
})

import { describe, expect, test } from 'vitest'
import { defineKind } from '../kind.js'
import { checkSpec, o, p } from './index.js'
import { nearest } from './nearest.js'
import { pathSegments, pathText } from './path.js'

const base = { displayName: { singular: '', plural: '' }, scope: 'Mesh', plural: 'x' } as const
const context = { name: 'a', labels: {} }

const proto = defineKind<unknown>({
  ...base,
  type: 'P',
  encoding: 'proto',
  schema: () =>
    p.message(
      {
        count: p.uint32(),
        maxCount: p.uint32Value(),
        ratio: p.double(),
        mode: p.enumeration('kuma.P.Mode', ['OFF', 'ON']),
        wait: p.duration(),
        tags: p.map(p.string()),
        items: p.list(p.message({ name: p.string() })),
        exact: p.string(),
        prefix: p.string(),
        big: p.uint64(),
        raw: p.struct(),
        at: p.timestamp(),
      },
      { snake: ['maxCount'], oneofs: [['exact', 'prefix']] },
    ),
})

const spec = (raw: unknown) => checkSpec(proto, raw, context)
const detail = (raw: unknown) => {
  const { fault } = spec(raw)
  return fault?.type === 'undecodable' ? fault.detail : fault
}

describe('proto', () => {
  test.each([
    [{ count: 0, ratio: 0, mode: 'OFF', tags: {}, items: [], exact: null }, {}],
    [{ maxCount: 0 }, { maxCount: 0 }],
    [{ max_count: 3 }, { maxCount: 3 }],
    [{ max_count: 3, maxCount: 4 }, { maxCount: 4 }],
    [
      { count: '7', ratio: '1.5', mode: 1, big: '9' },
      { count: 7, ratio: 1.5, mode: 'ON', big: 9 },
    ],
    [{ wait: '1m' }, { wait: '60s' }],
    [{ wait: '0s' }, { wait: '0s' }],
    [{ exact: '' }, { exact: '' }],
    [{ items: [null, {}] }, { items: [{}, {}] }],
    [{ raw: { a: [1, null] } }, { raw: { a: [1, null] } }],
  ])('%j is %j', (raw, expected) => expect(spec(raw)).toEqual({ spec: expected, issues: [] }))

  test('the last of a oneof counts', () => {
    const { spec: read, issues } = spec({ exact: 'a', prefix: 'b' })
    expect(read).toEqual({ prefix: 'b' })
    expect(issues).toMatchObject([{ level: 'warning', code: 'oneof-conflict', path: 'exact' }])
  })

  test.each([
    [{ count: -1 }, 'json: cannot unmarshal number -1 into Go value of type uint32'],
    [{ count: 'x' }, "invalid character 'x' looking for beginning of value"],
    [{ mode: 'ODD' }, 'unknown value "\\"ODD\\"" for enum kuma.P.Mode'],
    [{ mode: 7 }, 'json: cannot unmarshal number into Go value of type protoreflect.EnumNumber'],
    [{ wait: '1 day' }, 'bad Duration: time: unknown unit " day" in duration "1 day"'],
    [{ wait: 5 }, 'json: cannot unmarshal number into Go value of type string'],
    [{ tags: [] }, 'json: cannot unmarshal array into Go value of type map[string]json.RawMessage'],
    [{ items: {} }, 'json: cannot unmarshal object into Go value of type []json.RawMessage'],
    [{ raw: 'x' }, 'bad StructValue: json: cannot unmarshal string into Go value of type map[string]json.RawMessage'],
    [{ big: 2 ** 60 }, `json: cannot unmarshal number ${2 ** 60} into Go value of type uint64`],
    [{ at: 'noon' }, 'bad Timestamp: "noon" is not RFC 3339'],
    ['x', 'json: cannot unmarshal string into Go value of type map[string]json.RawMessage'],
    [{ items: [{ name: 1 }], count: 'x' }, "invalid character 'x' looking for beginning of value"],
  ])('%j', (raw, expected) => expect(detail(raw)).toBe(expected))
})

const openapi = defineKind<unknown>({
  ...base,
  type: 'O',
  encoding: 'openapi',
  schema: () =>
    o.object({
      name: o.string({ minLength: 2, maxLength: 4, pattern: /^[a-z]*$/ }).optional(),
      to: o.list(o.object({ kind: o.enumeration(['Mesh', 'MeshService']), weight: o.integer({ min: 0 }).default(1) }), { min: 1, max: 2 }),
      wait: o.duration().optional(),
      share: o.intOrString().optional(),
      level: o.number({ min: 0, max: 1 }).optional(),
      on: o.boolean().optional(),
      labels: o.map(o.string()).optional(),
      value: o.json().optional(),
    }),
  validate: () => [{ path: 'spec', message: 'runs last' }],
})

const causes = (raw: unknown) => {
  const { fault } = checkSpec(openapi, raw, context)
  return fault?.type === 'rules' ? fault.violations.map(({ path, message }) => `${path}: ${message}`).sort() : fault?.detail
}

describe('openapi', () => {
  test.each([
    [undefined, [': spec in body is required']],
    [null, [': spec in body must be of type object: "null"']],
    [{}, ['spec.to: in body is required']],
    [{ to: [] }, ['spec.to: in body should have at least 1 items']],
    [{ to: [{ kind: 'Mesh' }, { kind: 'Mesh' }, { kind: 'Mesh' }] }, ['spec.to: in body should have at most 2 items']],
    [{ to: [{ kind: 'X' }] }, ['spec.to[0].kind: in body should be one of [Mesh MeshService]']],
    [{ to: [{ weight: -1 }] }, ['spec.to[0].kind: in body is required', 'spec.to[0].weight: in body should be greater than or equal to 0']],
    [{ to: [{ kind: 'Mesh', weight: 1.5 }] }, ['spec.to[0].weight: in body must be of type integer: "number"']],
    [{ to: {}, on: 'yes' }, ['spec.on: in body must be of type boolean: "string"', 'spec.to: in body must be of type array: "object"']],
    [
      { to: [{ kind: 'Mesh' }], name: 'A' },
      ['spec.name: in body should be at least 2 chars long', "spec.name: in body should match '^[a-z]*$'"],
    ],
    [{ to: [{ kind: 'Mesh' }], share: true }, ['spec.share: in body must validate at least one schema (anyOf)']],
    [{ to: [{ kind: 'Mesh' }], level: 2 }, ['spec.level: in body should be less than or equal to 1']],
    [{ to: [{ kind: 'Mesh' }], wait: '1 day' }, 'time: unknown unit " day" in duration "1 day"'],
    [{ to: [{ kind: 'Mesh' }], wait: '1 day', on: 1 }, ['spec.on: in body must be of type boolean: "number"']],
    [{ to: [{ kind: 'Mesh' }] }, ['spec: runs last']],
  ])('%j', (raw, expected) => expect(causes(raw)).toEqual(expected))

  test('defaults, durations as Go prints them, what is empty stays', () => {
    const lenient = defineKind<unknown>({ ...openapi, validate: undefined, type: 'L' })
    const raw = { to: [{ kind: 'Mesh' }], wait: '90s', labels: {}, value: { any: [1] } }
    expect(checkSpec(lenient, raw, context)).toEqual({
      spec: { to: [{ kind: 'Mesh', weight: 1 }], wait: '1m30s', labels: {}, value: { any: [1] } },
      issues: [],
    })
  })

  test('people read what was expected and what was found', () => {
    const { issues } = checkSpec(openapi, { to: [{ kind: 'X', weight: -1 }], wait: '1 day', name: 'ab1' }, context)
    expect(issues.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual([
      'spec.name: should match \'^[a-z]*$\', found "ab1"',
      'spec.to[0].kind: expected one of Mesh, MeshService, found "X"',
      'spec.to[0].weight: should be greater than or equal to 0, found -1',
      'spec.wait: expected a duration such as 10s, 1m30s or 500ms, found "1 day"',
    ])
  })
})

test.each([
  [['networking', 'inbound', 0, 'tags', 'kuma.io/service'], 'networking.inbound[0].tags["kuma.io/service"]'],
  [['a"b'], '["a\\"b"]'],
  [[0, 'a'], '[0].a'],
  [[], ''],
])('path %j', (segments, text) => {
  expect(pathText(segments)).toBe(text)
  expect(pathSegments(text)).toEqual(segments)
})

test('the nearest name', () => {
  expect(nearest('servicePorts', ['port', 'servicePort'])).toBe('servicePort')
  expect(nearest('ADDRESS', ['address'])).toBe('address')
  expect(nearest('xyz', ['address'])).toBeUndefined()
})

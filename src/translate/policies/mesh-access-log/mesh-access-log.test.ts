import { describe, expect, test } from 'vitest'
import { anyValueOf, mapTexts } from './any-value.js'
import type { AccessLogBackend, AccessLogConf, MeshAccessLogSpec } from './schema.js'
import { validateAccessLog } from './validate.js'

const faults = (spec: MeshAccessLogSpec) => validateAccessLog(spec).map(({ path, message }) => `${path}: ${message}`)
const toMesh = (conf: AccessLogConf): MeshAccessLogSpec => ({ to: [{ targetRef: { kind: 'Mesh' }, default: conf }] })
const ofBackend = (backend: AccessLogBackend) =>
  faults(toMesh({ backends: [backend] })).map((fault) => fault.replace('spec.to[0].default.backends[0].', ''))

describe('what a MeshAccessLog refuses', () => {
  test('nothing said, and both ways to say it', () => {
    expect(faults({})).toEqual(["spec: at least one of 'from', 'to' or 'rules' has to be defined"])
    expect(faults({ ...toMesh({ backends: [] }), rules: [{ default: {} }] })).toEqual([
      "spec: fields 'to' and 'from' must be empty when 'rules' is defined",
      'spec.rules[0].default.backends: must be defined',
    ])
  })

  test('services of a gateway, and callers by anything but the mesh', () => {
    const conf = { backends: [] }
    expect(
      faults({
        targetRef: { kind: 'MeshGateway', name: 'edge' },
        to: [{ targetRef: { kind: 'MeshService', name: 'orders' }, default: conf }],
        from: [{ targetRef: { kind: 'MeshSubset', tags: { a: 'b' } }, default: conf }],
      }),
    ).toEqual([
      "spec.to[0].targetRef.kind: value 'MeshService' is not supported",
      "spec.from[0].targetRef.kind: value 'MeshSubset' is not supported",
    ])
  })

  test('backends without their part, paths and addresses that are none', () => {
    expect(ofBackend({ type: 'File' })).toEqual(['file: must be defined'])
    expect(ofBackend({ type: 'Tcp', file: { path: '/x' } })).toEqual(['tcp: must be defined'])
    expect(ofBackend({ type: 'OpenTelemetry' })).toEqual(['openTelemetry: must be defined'])
    expect(ofBackend({ type: 'File', file: { path: 'x.log' } })).toEqual(['file.path: file backend requires a valid path'])
    expect(ofBackend({ type: 'File', file: { path: 'C:\\logs\\x.log' } })).toEqual([])
    expect(ofBackend({ type: 'Tcp', tcp: { address: 'logs' } })).toEqual(['tcp.address: tcp backend requires valid address'])
  })

  test('formats that say nothing', () => {
    const format = (rest: object) =>
      ofBackend({ type: 'File', file: { path: '/x', format: { type: 'Json', omitEmptyValues: false, ...rest } } })
    expect(format({})).toEqual(['file.format.json: must be defined'])
    expect(format({ json: [] })).toEqual(['file.format.json: must not be empty'])
    expect(format({ json: [{ key: 'a', value: '' }] })).toEqual(['file.format.json[0].value: value cannot be empty'])
    expect(format({ type: 'Plain' })).toEqual(['file.format.plain: must be defined'])
    expect(format({ type: 'Plain', plain: '' })).toEqual(['file.format.plain: must not be empty'])
  })

  test('collectors in two places, in none, or by a URL', () => {
    const collector = (rest: object) => ofBackend({ type: 'OpenTelemetry', openTelemetry: { endpoint: '', ...rest } })
    const backendRef = { kind: 'MeshOpenTelemetryBackend', labels: { a: 'b' } }
    expect(collector({})).toEqual(['openTelemetry: openTelemetry must have exactly one defined: endpoint, backendRef'])
    expect(collector({ endpoint: 'a:1', backendRef })).toEqual([
      'openTelemetry: openTelemetry must have only one type defined: endpoint, backendRef',
    ])
    expect(collector({ backendRef: { ...backendRef, labels: {} } })).toEqual([
      'openTelemetry.backendRef: backendRef must have exactly one defined: labels',
    ])
    expect(collector({ endpoint: 'http://a:1' })).toEqual(['openTelemetry.endpoint: must be in host:port format, not a URL'])
    expect(collector({ backendRef, attributes: [{ key: 'otel.x', value: '' }] })).toEqual([
      "openTelemetry.attributes[0].key: must not use the reserved OpenTelemetry prefix 'otel.'",
    ])
  })
})

describe('bodies of OpenTelemetry logs', () => {
  test('are OTLP values where they spell one', () => {
    expect(anyValueOf({ string_value: 'a', more: 1 })).toEqual({ value: { $case: 'stringValue', stringValue: 'a' } })
    expect(anyValueOf({ intValue: '5' })).toEqual({ value: { $case: 'intValue', intValue: 5 } })
    expect(anyValueOf({ bytesValue: 'aGk=' })).toEqual({ value: { $case: 'bytesValue', bytesValue: new Uint8Array([104, 105]) } })
    expect(anyValueOf({ arrayValue: { values: [{ boolValue: false }, { doubleValue: 0.5 }] } })).toEqual({
      value: {
        $case: 'arrayValue',
        arrayValue: {
          values: [{ value: { $case: 'boolValue', boolValue: false } }, { value: { $case: 'doubleValue', doubleValue: 0.5 } }],
        },
      },
    })
    expect(anyValueOf({ unknown: 1 })).toEqual({})
  })

  test('are no OTLP values where a type is wrong, or where two are given', () => {
    for (const body of ['a', 1, null, [], { stringValue: 1 }, { intValue: 1.5 }, { boolValue: 'yes' }, { bytesValue: '?' }]) {
      expect(anyValueOf(body)).toBeUndefined()
    }
    expect(anyValueOf({ stringValue: 'a', intValue: 1 })).toBeUndefined()
    expect(anyValueOf({ kvlistValue: { values: [{ key: 'a', value: { stringValue: 1 } }] } })).toBeUndefined()
  })

  test('have their placeholders filled, keys too', () => {
    const body = anyValueOf({
      kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ stringValue: 'b' }] } } }, { key: 'c' }] },
    })
    expect(mapTexts(body ?? {}, (text) => text.toUpperCase())).toEqual({
      value: {
        $case: 'kvlistValue',
        kvlistValue: {
          values: [
            {
              key: 'A',
              value: { value: { $case: 'arrayValue', arrayValue: { values: [{ value: { $case: 'stringValue', stringValue: 'B' } }] } } },
            },
            { key: 'C', value: undefined },
          ],
        },
      },
    })
  })
})

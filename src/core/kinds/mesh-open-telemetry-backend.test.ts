import { expect, test } from 'vitest'
import { MeshOpenTelemetryBackend, type MeshOpenTelemetryBackendSpec } from './mesh-open-telemetry-backend.js'

const faults = (spec: MeshOpenTelemetryBackendSpec) =>
  MeshOpenTelemetryBackend.validate?.(spec, { name: 'b', labels: {} }).map(({ path, message }) => `${path}: ${message}`)

test('everything may be left out', () => {
  expect(faults({})).toEqual([])
  expect(faults({ endpoint: {}, protocol: 'grpc' })).toEqual([])
})

test('places that can not be dialled', () => {
  expect(faults({ endpoint: { address: '', port: 0 } })).toEqual([
    'spec.endpoint.address: must not be empty',
    'spec.endpoint.port: port must be a valid (1-65535)',
  ])
  expect(faults({ endpoint: { address: 'a b' } })).toEqual(['spec.endpoint.address: address has to be a valid IP or hostname'])
  expect(faults({ endpoint: { address: '2001:db8::1' } })).toEqual([])
})

test('paths are for HTTP', () => {
  expect(faults({ endpoint: { path: '/otlp' } })).toEqual(['spec.endpoint.path: must not be set when protocol is grpc'])
  expect(faults({ endpoint: { path: 'otlp?x' }, protocol: 'http' })).toEqual([
    'spec.endpoint.path: must start with /',
    'spec.endpoint.path: must not contain query or fragment',
  ])
})

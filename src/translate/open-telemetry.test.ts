import { describe, expect, test } from 'vitest'
import type { Resource } from '../core/resource.js'
import { createMeshContext } from './mesh-index.js'
import { collectorUrl, resolveCollector, speaksHttps } from './open-telemetry.js'

const backend = (name: string, creationTime: string, spec: object = {}): Resource => ({
  type: 'MeshOpenTelemetryBackend',
  mesh: 'shop',
  name,
  labels: { team: 'storefront' },
  creationTime,
  spec,
})

const mesh = (...resources: Resource[]) =>
  createMeshContext('shop', [{ type: 'Mesh', name: 'shop', labels: {}, spec: {} }, ...resources], { zone: 'east' })

const labels = { team: 'storefront' }
const ref = (wanted: Record<string, string>) => ({
  endpoint: '',
  backendRef: { kind: 'MeshOpenTelemetryBackend' as const, labels: wanted },
})

describe('a collector', () => {
  test.each([
    ['otel.internal:4318', 'otel.internal', 4318],
    ['otel.internal', 'otel.internal', 4317],
    ['otel.internal:', 'otel.internal', 4317],
    ['otel.internal:70000', 'otel.internal', 4317],
    ['[2001:db8::1]:4318', '2001:db8::1', 4318],
    ['2001:db8::1', '2001:db8::1', 4317],
    ['otel:x', 'otel:x', 4317],
  ])('at %s', (endpoint, host, port) => {
    expect(resolveCollector({ endpoint }, mesh())).toEqual({ name: endpoint, host, port, protocol: 'grpc' })
  })

  test('by labels is the oldest that has them all', () => {
    const context = mesh(backend('a', '2026-01-02T00:00:00Z'), backend('b', '2026-01-01T00:00:00Z'), backend('c', '2026-01-03T00:00:00Z'))
    expect(resolveCollector(ref(labels), context)).toMatchObject({ name: 'b', host: '', port: 4317, protocol: 'grpc' })
    expect(resolveCollector(ref({ ...labels, tier: 'x' }), context)).toBeUndefined()
    expect(resolveCollector(ref({ team: '*' }), context)).toBeUndefined()
    expect(resolveCollector(ref({}), context)).toBeUndefined()
  })

  test('that is nowhere', () => expect(resolveCollector({ endpoint: '' }, mesh())).toBeUndefined())

  test('has a URL below its path', () => {
    const at = (port: number, path?: string) =>
      resolveCollector(ref(labels), mesh(backend('a', '', { endpoint: { address: 'otel', port, path }, protocol: 'http' })))
    const [plain, secure] = [at(4318), at(443, '/a/../b/')]
    expect(plain && collectorUrl(plain, 'traces')).toBe('http://otel:4318/v1/traces')
    expect(secure && collectorUrl(secure, 'traces')).toBe('https://otel:443/b/v1/traces')
    expect(secure && speaksHttps(secure)).toBe(true)
  })
})

import { expect, it } from 'vitest'
import type { Resource } from '../../core/resource.js'
import type { Tags } from '../tags.js'
import { type GatewaySpec, selectGateway } from './select-gateway.js'

const gateway = (name: string, match?: Tags, more: Partial<Resource> = {}): Resource<GatewaySpec> => ({
  type: 'MeshGateway',
  mesh: 'default',
  name,
  labels: {},
  ...more,
  spec: match ? { selectors: [{ match }] } : {},
})
const proxy = (labels: Tags = {}): Resource => ({
  type: 'Dataplane',
  mesh: 'default',
  name: 'edge-1',
  labels,
  spec: { networking: { gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge', version: 'v1' } } } },
})
const selected = (...gateways: Resource<GatewaySpec>[]) => selectGateway(proxy() as Resource<object>, gateways)?.name

it('takes the selector with the most tags, exact ones before wildcards', () => {
  expect(selected(gateway('a', { 'kuma.io/service': 'edge' }), gateway('b', { 'kuma.io/service': 'edge', version: '*' }))).toBe('b')
  expect(selected(gateway('a', { 'kuma.io/service': '*' }), gateway('b', { 'kuma.io/service': 'edge' }))).toBe('b')
  expect(selected(gateway('a', { 'kuma.io/service': '*', version: '*' }), gateway('b', { 'kuma.io/service': 'edge' }))).toBe('a')
  expect(selected(gateway('a', { 'kuma.io/service': 'other' }))).toBeUndefined()
})

it('takes the newest among equals, else the first name', () => {
  const at = (name: string, creationTime: string) => gateway(name, { 'kuma.io/service': 'edge' }, { creationTime })
  expect(selected(at('a', '2026-01-02T00:00:00Z'), at('b', '2026-01-01T00:00:00Z'))).toBe('a')
  expect(selected(at('a', '2026-01-01T00:00:00Z'), at('b', '2026-01-01T00:00:00.5Z'))).toBe('b')
  expect(selected(gateway('a', { 'kuma.io/service': 'edge' }), gateway('b', { 'kuma.io/service': 'edge' }))).toBe('a')
})

it('takes one without selectors for everything', () => {
  expect(selected(gateway('a'))).toBe('a')
})

it('takes none of another zone', () => {
  const of = (zone: string) => ({ labels: { 'kuma.io/origin': 'zone', 'kuma.io/zone': zone } })
  const select = (zone: string) =>
    selectGateway(proxy({ 'kuma.io/zone': 'east' }) as Resource<object>, [gateway('a', { version: 'v1' }, of(zone))])?.name
  expect(select('east')).toBe('a')
  expect(select('west')).toBeUndefined()
})

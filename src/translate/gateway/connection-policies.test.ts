import { describe, expect, it } from 'vitest'
import type { Resource } from '../../core/resource.js'
import type { ConnectionSpec } from '../source-destination.js'
import { gatewayPolicies } from './connection-policies.js'
import type { GatewayBackend, GatewayHost } from './route-table.js'

type Match = Readonly<Record<string, string>>
type Selectors = string | readonly Match[]

const selectors = (wanted: Selectors) =>
  typeof wanted === 'string' ? [{ match: { 'kuma.io/service': wanted } }] : wanted.map((match) => ({ match }))
const policy = (name: string, from: Selectors, to: Selectors, day = 1): Resource<ConnectionSpec> => ({
  type: 'Timeout',
  mesh: 'shop',
  name,
  creationTime: `2024-01-0${day}T00:00:00Z`,
  modificationTime: '2024-01-01T00:00:00Z',
  labels: {},
  spec: { sources: selectors(from), destinations: selectors(to) },
})
const host: GatewayHost = { hostname: '*', tags: { 'kuma.io/service': 'edge', port: '80' }, entries: [] }
const backend = (service: string, tags: Match = {}): GatewayBackend => ({
  tags: { 'kuma.io/service': service, ...tags },
  weight: 1,
  routeProtocol: 'http',
})
const targets = (...services: string[]) => services.map((service) => ({ host, backend: backend(service) }))

describe('the policy of a backend', () => {
  const ofBackend = (...policies: Resource<ConnectionSpec>[]) =>
    gatewayPolicies(policies).ofBackend(host, backend('web', { version: 'v1' }))?.name

  it('is the most specific one by sources and destinations, the newest among equals', () => {
    expect(ofBackend(policy('wide', '*', '*'), policy('narrow', 'edge', 'web'))).toBe('narrow')
    expect(ofBackend(policy('newer', '*', '*', 2), policy('older', '*', '*'))).toBe('newer')
    expect(ofBackend(policy('other', 'web', '*'))).toBeUndefined()
  })

  it('selects by tags of the site and of the backend', () => {
    expect(ofBackend(policy('all', '*', '*'), policy('site', [{ 'kuma.io/service': '*', port: '80' }], '*'))).toBe('site')
    expect(ofBackend(policy('all', '*', '*'), policy('version', '*', [{ 'kuma.io/service': 'web', version: 'v1' }]))).toBe('version')
    expect(ofBackend(policy('version', '*', [{ 'kuma.io/service': 'web', version: 'v2' }]))).toBeUndefined()
  })

  it('ranks by the first selector that fits', () => {
    const listed = policy('listed', [{ 'kuma.io/service': '*' }, { 'kuma.io/service': 'edge', port: '80' }], '*')
    expect(ofBackend(listed, policy('exact', 'edge', '*'))).toBe('exact')
  })
})

describe('the policy of a route with several backends', () => {
  const ofRoute = (policies: Resource<ConnectionSpec>[], ...services: string[]) =>
    gatewayPolicies(policies).ofRoute(targets(...services))?.name

  it('is one that speaks of any service rather than one of a single backend', () => {
    expect(ofRoute([policy('web', '*', 'web'), policy('any', '*', '*')], 'web', 'api')).toBe('any')
    expect(ofRoute([policy('web', '*', 'web')], 'web', 'api')).toBe('web')
  })

  it('is the oldest of several', () => {
    const policies = [policy('web', '*', 'web', 2), policy('api', '*', 'api', 1)]
    expect(ofRoute(policies, 'web', 'api')).toBe('api')
  })

  it('is none without backends or policies', () => {
    expect(ofRoute([policy('any', '*', '*')])).toBeUndefined()
    expect(ofRoute([], 'web')).toBeUndefined()
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Resource } from '../../src/core/resource.js'
import { placeholderIdentity, rawCodec, snapshotJson } from '../../src/protojson/index.js'
import { arbitraryMesh } from '../../src/testing/index.js'
import { createFleet } from '../../src/translate/fleet.js'
import { envoy } from '../with-envoy.js'
import { testCertificate } from '../../src/testing/test-certificate.js'
import { rejections } from '../../src/testing/rejections.js'

const identity = placeholderIdentity(['random'])

/** The proxies of random meshes with every kind of the source/destination family. */
function randomProxies(meshes: number, seed: number, pem?: { readonly certificate: string; readonly key: string }) {
  return fc.sample(arbitraryMesh('random', { policies: true, pem }), { numRuns: meshes, seed }).flatMap(({ resources }, i) => {
    const fleet = createFleet(resources)
    return fleet
      .proxies()
      .map((proxy) => ({ name: `mesh ${i} of seed ${seed}: ${proxy.name}`, ...fleet.translate(proxy, { identity, rawCodec }) }))
  })
}

const kinds = [
  ...['Mesh', 'Dataplane', 'Secret', 'ExternalService', 'MeshGateway', 'ZoneIngress', 'ZoneEgress', 'VirtualOutbound', 'ProxyTemplate'],
  ...['TrafficPermission', 'TrafficRoute', 'TrafficLog', 'TrafficTrace', 'HealthCheck', 'CircuitBreaker', 'FaultInjection', 'Retry'],
  ...['Timeout', 'RateLimit', 'MeshGatewayRoute'],
]

describe('random meshes with every source/destination policy', () => {
  test('have all of its kinds, and all sections of a Mesh', () => {
    const resources = fc.sample(arbitraryMesh('random', { policies: true }), { numRuns: 60, seed: 2 }).flatMap((mesh) => mesh.resources)
    expect([...new Set(resources.map(({ type }) => type))].sort()).toEqual([...kinds].sort())
    const sections = resources.filter(({ type }) => type === 'Mesh').flatMap(({ spec }) => Object.keys(spec as object))
    expect([...new Set(sections)].sort()).toEqual([
      ...['constraints', 'logging', 'metrics', 'mtls', 'networking', 'routing', 'skipCreatingInitialPolicies', 'tracing'],
    ])
  })

  test('leave nothing unbuilt', () => {
    expect(randomProxies(60, 1).flatMap(({ name, issues }) => issues.map((issue) => ({ name, issue })))).toEqual([])
  })

  test('give the same bytes whatever the order of resources', () => {
    const bytes = (resources: readonly Resource[]) => {
      const fleet = createFleet(resources)
      return fleet.proxies().map((proxy) => snapshotJson(fleet.translate(proxy, { identity, rawCodec }).snapshot))
    }
    for (const { resources } of fc.sample(arbitraryMesh('random', { policies: true }), { numRuns: 15, seed: 3 })) {
      expect(bytes([...resources].reverse())).toEqual(bytes(resources))
    }
  })

  test.skipIf(envoy.missing)(`give proxies that a real Envoy takes ${envoy.reason}`, async () => {
    const { certificate, privateKey: key } = await testCertificate()
    const proxies = randomProxies(60, 2, { certificate, key }).map(({ name, snapshot }) => ({ name, snapshot: snapshotJson(snapshot) }))
    expect(proxies.length).toBeGreaterThan(100)
    expect(await rejections(envoy.path, proxies)).toEqual([])
  })
})

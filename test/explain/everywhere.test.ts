import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyAll } from '../../src/core/apply.js'
import { parseObject } from '../../src/core/parse.js'
import type { Resource } from '../../src/core/resource.js'
import { type PolicyOnProxy, explainPolicy, explainPolicyEverywhere, translateWithProvenance } from '../../src/explain/index.js'
import { mayConcern } from '../../src/translate/concerned.js'
import { createWorld } from '../../src/explain/world.js'
import { arbitraryMesh } from '../../src/testing/index.js'
import { createFleet } from '../../src/translate/fleet.js'
import { registry } from '../../src/translate/kinds.js'
import { casesOf, groupNames } from '../conformance/cases.js'
import { proxiesOf } from './proxies.js'

const isPolicy = ({ type }: Resource) => registry.byType(type)?.policy !== undefined

/** The answers of one proxy after the other. */
function oneByOne(resources: readonly Resource[], policy: Resource): PolicyOnProxy[] {
  const proxies = createFleet(resources).proxies()
  const own = proxies.filter(({ mesh }) => mesh === undefined || mesh === policy.mesh)
  return own.map((proxy) => explainPolicy(translateWithProvenance({ resources, proxy }), policy))
}

describe('what a policy does on each proxy', () => {
  test('is the same whether all are asked about at once or one after the other', () => {
    fc.assert(
      fc.property(arbitraryMesh(), fc.nat(), ({ resources }, choice) => {
        const policies = resources.filter(isPolicy)
        const policy = policies[choice % policies.length]
        if (!policy) return
        expect(explainPolicyEverywhere({ resources }, policy)).toEqual(oneByOne(resources, policy))
      }),
      { numRuns: 8 },
    )
  }, 300_000)

  test('a policy that is said not to concern a proxy changes nothing of it', () => {
    fc.assert(
      fc.property(arbitraryMesh(), ({ resources }) => {
        const fleet = createFleet(resources)
        for (const proxy of fleet.proxies().filter(({ mesh }) => mesh !== undefined)) {
          const world = createWorld({ resources, proxy })
          const mesh = fleet.mesh(proxy.mesh!)
          const others = resources.filter((resource) => isPolicy(resource) && !mayConcern(mesh, resource, world.own))
          for (const other of others)
            expect([other.type, other.name, [...(world.without([other])?.keys() ?? [])]]).toEqual([other.type, other.name, []])
        }
      }),
      { numRuns: 10 },
    )
  }, 300_000)

  test.each(groupNames())(
    'nor in the corpus: %s',
    (group) => {
      for (const input of casesOf(group)
        .filter((_, i) => i % 12 === 0)
        .flatMap(proxiesOf)) {
        if (input.proxy.mesh === undefined) continue
        const world = createWorld(input)
        const others = world.resources.filter((one) => isPolicy(one) && !mayConcern(world.fleet.mesh(input.proxy.mesh!), one, world.own))
        for (const other of others) expect([other.type, other.name, world.without([other])?.size]).toEqual([other.type, other.name, 0])
      }
    },
    300_000,
  )

  test('proxies that are alike get answers with their own addresses', () => {
    const resources = stored([
      { type: 'Mesh', name: 'shop', skipCreatingInitialPolicies: ['*'] },
      ...['10.0.0.1', '10.0.0.11', '10.0.0.111'].map((address, i) => webProxy(`web-${i}`, address)),
      timeout('all', { kind: 'Mesh' }, '2s'),
      timeout('web', { kind: 'MeshSubset', tags: { 'kuma.io/service': 'web' } }, '3s'),
      inboundTimeout('inbound', '9s'),
    ])
    for (const policy of resources.filter(isPolicy)) {
      const answers = explainPolicyEverywhere({ resources }, policy)
      expect(answers).toEqual(oneByOne(resources, policy))
      expect(answers.map(({ sets, overridden }) => sets.length + overridden.length)).not.toContain(0)
    }
  })
})

/** Its own service among what it dials: the addresses of its like are endpoints there. */
function webProxy(name: string, address: string): object {
  const tags = { 'kuma.io/service': 'web', 'kuma.io/protocol': 'http' }
  const networking = { address, inbound: [{ port: 8080, tags }], outbound: [{ port: 9001, tags: { 'kuma.io/service': 'web' } }] }
  return { type: 'Dataplane', mesh: 'shop', name, networking }
}

function timeout(name: string, targetRef: object, connectionTimeout: string): object {
  return {
    type: 'MeshTimeout',
    mesh: 'shop',
    name,
    spec: { targetRef, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout } }] },
  }
}

function inboundTimeout(name: string, idleTimeout: string): object {
  return { type: 'MeshTimeout', mesh: 'shop', name, spec: { from: [{ targetRef: { kind: 'Mesh' }, default: { idleTimeout } }] } }
}

function stored(objects: readonly object[]): readonly Resource[] {
  return applyAll(
    objects.flatMap((object) => parseObject(object, registry).items),
    { registry, defaultMesh: false },
  ).resources
}

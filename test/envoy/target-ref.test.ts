import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeholderIdentity, rawCodec, snapshotJson } from '../../src/protojson/index.js'
import { createFleet } from '../../src/translate/fleet.js'
import { registry } from '../../src/translate/kinds.js'
import { envoy } from '../with-envoy.js'
import { policyKinds, type RandomMesh, randomServices } from './random-services.js'
import { rejections } from '../../src/testing/rejections.js'

const identity = placeholderIdentity(['random'])

function translated({ resources, metadata }: RandomMesh) {
  const fleet = createFleet(resources)
  return fleet
    .proxies()
    .map((proxy) => ({ name: proxy.name, ...fleet.translate(proxy, { metadata, identity, workloadIdentity: identity, rawCodec }) }))
}

const sample = (numRuns: number, seed: number) => fc.sample(randomServices, { numRuns, seed })

describe('random meshes of real services with policies that have a targetRef', () => {
  test('draw from every kind but raw patches', () => {
    const all = registry.kinds.filter(({ policy }) => policy?.matching === 'targetRef').map(({ type }) => type)
    expect(policyKinds).toEqual(expect.arrayContaining(all.filter((type) => type !== 'MeshProxyPatch')))
  })

  test('give the same bytes whatever the order of resources', () => {
    const bytes = (random: RandomMesh) => translated(random).map(({ snapshot }) => snapshotJson(snapshot))
    for (const random of sample(15, 3)) {
      expect(bytes({ ...random, resources: [...random.resources].reverse() })).toEqual(bytes(random))
    }
  })

  test.skipIf(envoy.missing)(
    `give proxies that a real Envoy takes ${envoy.reason}`,
    async () => {
      const proxies = sample(24, 4).flatMap((random, i) =>
        translated(random).map(({ name, snapshot }) => ({ name: `mesh ${i}: ${name}`, snapshot: snapshotJson(snapshot) })),
      )
      expect(proxies.length).toBeGreaterThan(140)
      expect(await rejections(envoy.path, proxies)).toEqual([])
    },
    300_000,
  )
})

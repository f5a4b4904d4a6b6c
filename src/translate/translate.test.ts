import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Resource } from '../core/resource.js'
import { arbitraryEdits, arbitraryMesh } from '../testing/arbitraries.js'
import { type Fleet, createFleet } from './fleet.js'
import type { Snapshot } from './snapshot.js'

const pem = new TextEncoder().encode('pem')
const identity = { certificateChain: pem, privateKey: pem, trustedCas: new Map([['random', pem]]) }

/** Everything a fleet says, as text: equal text, equal bytes. */
function everything(fleet: Fleet): string {
  return fleet
    .proxies()
    .map((proxy) => `${proxy.name}: ${versions(fleet.translate(proxy, { identity }).snapshot)}`)
    .join('\n')
}

function versions(snapshot: Snapshot): string {
  return Object.entries(snapshot)
    .flatMap(([type, resources]) => [...resources.values()].map((resource) => `${type}/${resource.name}@${resource.version}`))
    .join(' ')
}

function reversedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversedKeys) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversedKeys(inner)]),
  ) as T
}

describe('translate', () => {
  it('gives the same bytes whatever the order of resources and of keys', () => {
    fc.assert(
      fc.property(arbitraryMesh(), ({ resources }) => {
        const shuffled = [...resources].reverse().map(reversedKeys)
        expect(everything(createFleet(shuffled))).toBe(everything(createFleet(resources)))
      }),
      { numRuns: 60 },
    )
  })

  it('is total on parsed input: every proxy of every valid mesh gets a snapshot without dangling names', () => {
    fc.assert(
      fc.property(arbitraryMesh(), ({ resources }) => {
        const fleet = createFleet(resources)
        for (const proxy of fleet.proxies()) {
          const { snapshot, issues } = fleet.translate(proxy, { identity })
          expect(issues).toEqual([])
          for (const name of snapshot.endpoints.keys()) expect([...snapshot.clusters.keys()]).toContain(name)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('gives the same after edits as from nothing', () => {
    fc.assert(
      fc.property(arbitraryEdits(), ({ start, edits }) => {
        let fleet = createFleet(start.resources)
        const now = new Map(start.resources.map((resource) => [`${resource.type}/${resource.name}`, resource]))
        for (const edit of edits) {
          const change = changeOf(edit, [...now.values()])
          if (!change) continue
          if (change.op === 'put') now.set(`${change.resource.type}/${change.resource.name}`, change.resource)
          else now.delete(`${change.key.type}/${change.key.name}`)
          fleet = fleet.apply([change]).fleet
          expect(everything(fleet)).toBe(everything(createFleet(now.values())))
        }
      }),
      { numRuns: 30 },
    )
  })

  it('sends nobody’s secrets and lets nobody in where mTLS is on and no certificate is at hand', () => {
    fc.assert(
      fc.property(arbitraryMesh(), ({ resources }) => {
        const fleet = createFleet(resources)
        const secured = resources.some(({ type, spec }) => type === 'Mesh' && (spec as { mtls?: unknown }).mtls !== undefined)
        for (const proxy of fleet.proxies()) {
          const { snapshot, issues } = fleet.translate(proxy)
          expect(snapshot.secrets.size).toBe(0)
          expect(issues.map((issue) => issue.code)).toEqual(secured ? ['no-identity'] : [])
        }
      }),
      { numRuns: 30 },
    )
  })
})

type Edit = { op: 'put'; resource: Resource } | { op: 'delete'; index: number }

function changeOf(edit: Edit, resources: readonly Resource[]) {
  if (edit.op === 'put') return edit
  const removable = resources.filter(({ type }) => type !== 'Mesh')
  const key = removable[edit.index % Math.max(removable.length, 1)]
  return key && { op: 'delete' as const, key }
}

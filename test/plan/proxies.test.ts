import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Resource, keyOf } from '../../src/core/resource.js'
import { plan } from '../../src/plan/index.js'
import { type ArbitraryEdit, arbitraryEdits } from '../../src/testing/index.js'
import { createFleet } from '../../src/translate/fleet.js'
import { resourceTypes } from '../../src/translate/snapshot.js'

const certificate = new TextEncoder().encode('certificate')
const identity = { certificateChain: certificate, privateKey: certificate, trustedCas: new Map([['random', certificate]]) }
const options = { identity, workloadIdentity: identity }

/** What each proxy gets, worked out anew. */
function contentOf(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const fleet = createFleet(resources)
  return new Map(
    fleet.proxies().map((proxy) => {
      const { snapshot } = fleet.translate(proxy, options)
      const versions = resourceTypes.flatMap(({ name }) => [...snapshot[name].values()].map((one) => `${name} ${one.name} ${one.version}`))
      return [`${proxy.mesh ?? ''} ${proxy.name}`, versions.join('\n')]
    }),
  )
}

function edited(resources: readonly Resource[], edit: ArbitraryEdit): readonly Resource[] {
  const others = resources.filter(({ type }) => type !== 'Mesh')
  const gone = edit.op === 'put' ? edit.resource : others[edit.index % others.length]
  const rest = resources.filter((one) => gone === undefined || keyOf(one) !== keyOf(gone))
  return edit.op === 'put' ? [...rest, edit.resource] : rest
}

test('a plan names exactly the proxies that get something else, though it looks at few', () => {
  fc.assert(
    fc.property(arbitraryEdits(), ({ start, edits }) => {
      let before = start.resources
      for (const edit of edits.slice(0, 5)) {
        const after = edited(before, edit)
        const [was, is] = [contentOf(before), contentOf(after)]
        const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name)).sort()
        const { proxies } = plan(before, after, { proxyOptions: () => options })
        const planned = proxies
          .filter(({ op, changes }) => op !== 'update' || changes.length > 0)
          .map(({ proxy }) => `${proxy.mesh ?? ''} ${proxy.name}`)
        expect(planned.sort()).toEqual(names)
        before = after
      }
    }),
    { numRuns: 6 },
  )
}, 300_000)

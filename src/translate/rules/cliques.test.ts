import fc from 'fast-check'
import { expect, it } from 'vitest'
import { maximalCliques } from './cliques.js'

/** Tries every set of nodes. */
function everyMaximalClique(nodes: number, joined: (a: number, b: number) => boolean): number[][] {
  const cliques: number[][] = []
  for (let set = 1; set < 1 << nodes; set++) {
    const members = Array.from({ length: nodes }, (_, node) => node).filter((node) => set & (1 << node))
    if (members.every((a) => members.every((b) => a === b || joined(a, b)))) cliques.push(members)
  }
  return cliques.filter((clique) => !cliques.some((other) => other.length > clique.length && clique.every((node) => other.includes(node))))
}

const sorted = (cliques: readonly (readonly number[])[]) => cliques.map((clique) => clique.join()).sort()

it('finds each maximal clique once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }), (nodes, edges) => {
      const joined = (a: number, b: number) => edges[Math.min(a, b) * 8 + Math.max(a, b)]!
      expect(sorted(maximalCliques(nodes, joined, 1000)!)).toEqual(sorted(everyMaximalClique(nodes, joined)))
    }),
  )
})

it('finds them among more nodes than a word has bits', () => {
  const blocks = Array.from({ length: 5 }, (_, block) => Array.from({ length: 20 }, (_, i) => block + 5 * i))
  expect(sorted(maximalCliques(100, (a, b) => a % 5 === b % 5, 1000)!)).toEqual(sorted(blocks))
})

it('gives up where there are more than wanted', () => {
  // Twenty pairs of which either can be taken: 2^20 cliques.
  expect(maximalCliques(40, (a, b) => a >> 1 !== b >> 1, 1000)).toBeUndefined()
  expect(maximalCliques(40, () => true, 1000)).toHaveLength(1)
  expect(maximalCliques(40, () => false, 1000)).toHaveLength(40)
  expect(maximalCliques(0, () => true, 1000)).toEqual([])
})

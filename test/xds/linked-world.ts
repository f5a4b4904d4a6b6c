import fc from 'fast-check'
import type { World } from './world.js'

/** A world in which everything that is referred to is there. */
export const linkedWorld: fc.Arbitrary<World> = fc
  .record({
    clusters: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 3 }), { minKeys: 1 }),
    endpoints: fc.integer({ min: 1, max: 3 }),
    routes: fc.dictionary(fc.constantFrom('r', 's', 't'), fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }), { minKeys: 1 }),
    listeners: fc.dictionary(fc.constantFrom('l', 'm'), fc.array(fc.nat(2), { maxLength: 2 })),
  })
  .map(({ clusters, endpoints, routes, listeners }) => {
    const pick = (from: Record<string, unknown>, indexes: readonly number[]) => [
      ...new Set(indexes.map((i) => Object.keys(from)[i % Object.keys(from).length] ?? '')),
    ]
    // What refers to something else is something else.
    const entry = (refers: readonly string[]) => ({ revision: refers.reduce((sum, name) => sum * 128 + name.charCodeAt(0), 0), refers })
    const entries = (from: Record<string, number[]>, to: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(from).map(([name, at]) => [name, entry(pick(to, at))]))
    const used = new Set(Object.values(entries(listeners, routes)).flatMap(({ refers }) => refers))
    const usedRoutes = Object.fromEntries(Object.entries(entries(routes, clusters)).filter(([name]) => used.has(name)))
    return {
      clusters,
      endpoints: Object.fromEntries(Object.entries(clusters).map(([name, n]) => [name, n * 10 + endpoints])),
      routes: usedRoutes,
      listeners: entries(listeners, routes),
    }
  })

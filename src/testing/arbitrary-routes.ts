import * as fc from 'fast-check'

/* Random valid confs of TrafficRoute. */

export interface Names {
  /** Services that a route may lead to. */
  service(): fc.Arbitrary<string>
  version(): fc.Arbitrary<string>
}

const split = ({ service, version }: Names) =>
  fc.array(
    fc.record({
      weight: fc.integer({ min: 1, max: 100 }),
      destination: fc.record({ 'kuma.io/service': service(), version: version() }),
    }),
    { minLength: 1, maxLength: 3 },
  )

const headers = () =>
  fc.constantFrom(
    { add: [{ name: 'x-route', value: 'a' }] },
    { add: [{ name: 'x-route', value: 'a', append: true }], remove: [{ name: 'x-secret' }] },
    { remove: [{ name: 'x-secret' }] },
  )

const modify = (prefixed: boolean) =>
  fc.record(
    {
      path: fc.constantFrom(
        { regex: { pattern: '^/(.*)$', substitution: '/new/\\1' } },
        ...(prefixed ? [{ rewritePrefix: '/new' }, { rewritePrefix: '/' }] : []),
      ),
      host: fc.constantFrom({ value: 'example.com' }, { fromPath: { pattern: '^/([^/]*)/.*$', substitution: '\\1' } }),
      requestHeaders: headers(),
      responseHeaders: headers(),
    },
    { requiredKeys: [] },
  )

const matches = [
  { path: { prefix: '/a' } },
  { path: { prefix: '/b/' }, method: { exact: 'GET' } },
  { path: { exact: '/c' } },
  { path: { regex: '^/d/[0-9]+$' } },
  { method: { regex: 'GET|POST' } },
  { headers: { 'x-user': { regex: '^t.*' }, 'x-team': { prefix: 'a' }, 'x-exact': { exact: 'b' } } },
] as const

const httpRoute = (names: Names, modified: boolean) =>
  fc.constantFrom(...matches).chain((match) => {
    const prefixed = 'path' in match && 'prefix' in match.path
    return fc.record(
      { match: fc.constant(match), split: split(names), ...(modified && { modify: modify(prefixed) }) },
      { requiredKeys: ['match', 'split'] },
    )
  })

const loadBalancer = () =>
  fc.constantFrom(
    { roundRobin: {} },
    { leastRequest: {} },
    { leastRequest: { choiceCount: 3 } },
    { ringHash: { hashFunction: 'MURMUR_HASH_2', minRingSize: 64, maxRingSize: 1024 } },
    { random: {} },
    { maglev: {} },
  )

/** @param modified whether requests may be changed on their way */
export const arbitraryRouteConf = (names: Names, modified: boolean) =>
  fc.record(
    { split: split(names), http: fc.array(httpRoute(names, modified), { maxLength: 3 }), loadBalancer: loadBalancer() },
    { requiredKeys: ['split', 'http'] },
  )

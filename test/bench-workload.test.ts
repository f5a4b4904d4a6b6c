import { expect, it } from 'vitest'
import { type Workload, certificate, proxyOf, resourcesOf, timeoutForAll } from '../bench/workload.js'
import { type Fleet, createFleet } from '../src/translate/fleet.js'

const workload: Workload = { proxies: 60, services: 3, outbounds: 3, policies: true }
const translated = (fleet: Fleet) => fleet.proxies().map((proxy) => fleet.translate(proxy, certificate))
const versions = (fleet: Fleet) =>
  translated(fleet).map(({ snapshot }) => Object.values(snapshot).map((all) => [...all.values()].map((r) => r.version)))

it('what benchmarks translate is translated whole, and shared', () => {
  const all = translated(createFleet(resourcesOf(workload)))
  expect(all.flatMap(({ issues }) => issues)).toEqual([])
  // The cluster of the proxy's own application holds its address.
  const resources = all.flatMap(({ snapshot }) =>
    [...snapshot.clusters.values(), ...snapshot.endpoints.values()].filter(({ name }) => name.startsWith('svc')),
  )
  expect(new Set(resources).size).toBe(new Set(resources.map(({ type, name, version }) => `${type} ${name} ${version}`)).size)
  expect(resources.length / new Set(resources).size).toBeGreaterThan(10)
})

it('changes of benchmarks end where a fleet from nothing begins', () => {
  let fleet = createFleet(resourcesOf(workload))
  translated(fleet)
  const moved = proxyOf(workload, 0, '10.200.0.1')
  for (const resource of [timeoutForAll(21), moved]) fleet = fleet.apply([{ op: 'put', resource }]).fleet
  const now = resourcesOf(workload).map((one) => (one.name === moved.name ? moved : one.name === 'timeout-all' ? timeoutForAll(21) : one))
  expect(versions(fleet)).toEqual(versions(createFleet(now)))
})

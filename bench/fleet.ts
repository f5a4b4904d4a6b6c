/**
 * `npm run bench -- fleet`: what translating costs: a whole mesh from nothing, one proxy of a warm one, and one change of meshes
 * of several sizes. Processor time of one core, unless a heading says otherwise.
 */
import { nativeDigest } from '../src/server/native-digest.js'
import { type Fleet, type FleetChange, type ProxyKey, createFleet } from '../src/translate/fleet.js'
import { line, measure, measureTurns, median, megabytes, quantile, residentMemory, times } from './harness.js'
import { type Workload, certificate, proxyOf, resourcesOf, timeoutForAll, timeoutForService } from './workload.js'

const fleetOf = (workload: Workload) => createFleet(resourcesOf(workload), { digest: nativeDigest })

function translateAll(fleet: Fleet, proxies: readonly ProxyKey[] = fleet.proxies()): number {
  let bytes = 0
  for (const proxy of proxies) {
    const { snapshot } = fleet.translate(proxy, certificate)
    for (const resources of Object.values(snapshot)) for (const resource of resources.values()) bytes += resource.bytes.length
  }
  return bytes
}

const put = (resource: ReturnType<typeof timeoutForAll>): FleetChange => ({ op: 'put', resource })

/** A fleet that goes from change to change, with everybody translated. */
function changing(workload: Workload): { change(change: FleetChange): { touched: number } } {
  let fleet = fleetOf(workload)
  translateAll(fleet)
  return {
    change(change) {
      const { fleet: next, touched } = fleet.apply([change])
      translateAll(next, touched)
      fleet = next
      return { touched: touched.length }
    },
  }
}

/** An address that nobody else has. */
const address = (run: number) => `10.200.${run >> 8}.${run & 255}`

const sparse = (proxies: number): Workload => ({ proxies, services: proxies / 2, outbounds: 3, policies: true })

console.log('From nothing\n')
for (const [what, workload] of [
  ['1,000 services x 2 instances, 3 reachable', sparse(2000)],
  ['100 services x 10 instances, 20 reachable', { proxies: 1000, services: 100, outbounds: 20, policies: true }],
  ['10 services x 100 instances, all reachable', { proxies: 1000, services: 10, outbounds: 10, policies: true }],
] as const) {
  let bytes = 0
  const figures = measure(
    3,
    () => fleetOf(workload),
    (fleet) => {
      bytes = translateAll(fleet)
    },
  )
  line(`${what}: all ${workload.proxies} proxies`, median(figures), megabytes(bytes), residentMemory())
}

console.log('\nOne proxy of a warm fleet (1,000 services x 2 instances, 3 reachable), by the clock: translation, without the index\n')
for (const [what, changeOf] of [
  ['its own address has changed', (run: number) => put(proxyOf(sparse(2000), 7, address(run)))],
  ['the address of an instance that it dials has changed', (run: number) => put(proxyOf(sparse(2000), 8, address(run)))],
  ['a policy for it has changed', (run: number) => put(timeoutForService(7, 20 + run))],
  ['a policy for all has changed', (run: number) => put(timeoutForAll(20 + run))],
] as const) {
  let fleet = fleetOf(sparse(2000))
  translateAll(fleet)
  const proxy = { mesh: 'bench', name: proxyOf(sparse(2000), 7).name }
  const figures = await measureTurns(
    1000,
    (run) => {
      fleet = fleet.apply([changeOf(run)]).fleet
    },
    () => {
      fleet.translate(proxy, certificate)
    },
  )
  line(what, median(figures), `p99 ${quantile(figures, 0.99).toFixed(3)} ms`, `of ${figures.times.length}`)
}

console.log('\nOne change, everybody that it touches translated\n')
{
  const dense = { proxies: 1000, services: 10, outbounds: 10, policies: true }
  const wide = { proxies: 500, services: 50, outbounds: 50, policies: true }
  for (const workload of [dense, wide]) {
    const mesh = changing(workload)
    const name = `${workload.proxies} proxies, ${workload.services} services`
    let touched = 0
    const policy = measure(
      7,
      (run) => put(timeoutForAll(20 + run)),
      (change) => {
        touched = mesh.change(change).touched
      },
    )
    line(`${name}: a policy for all`, median(policy), `${touched} proxies`)
    const address = measure(
      7,
      (run) => put(proxyOf(workload, 0, `10.200.0.${10 + run}`)),
      (change) => {
        touched = mesh.change(change).touched
      },
    )
    line(`${name}: one address`, median(address), `${touched} proxies`)
    const same = measure(
      7,
      () => put({ ...timeoutForAll(26), modificationTime: '2026-01-01T00:00:00Z' }),
      (change) => {
        touched = mesh.change(change).touched
      },
    )
    line(`${name}: a change that says the same`, median(same), `${touched} proxies`)
  }
}

console.log('\nOne change in meshes of several sizes, by the clock; as many proxies are touched in each\n')
for (const [what, changeOf] of [
  ['one address', (workload: Workload, run: number) => put(proxyOf(workload, 7, address(run)))],
  ['a policy for one service', (_: Workload, run: number) => put(timeoutForService(1, 20 + run))],
] as const) {
  let smallest = 0
  for (const proxies of [100, 1000, 5000]) {
    const workload = sparse(proxies)
    const mesh = changing(workload)
    let touched = 0
    const figures = await measureTurns(
      200,
      (run) => changeOf(workload, run),
      (change) => {
        touched = mesh.change(change).touched
      },
    )
    smallest ||= median(figures)
    line(
      `${what}, ${proxies} proxies`,
      median(figures),
      `${touched} touched`,
      `p99 ${quantile(figures, 0.99).toFixed(3)} ms`,
      `of 100: ${times(median(figures), smallest)}`,
    )
  }
}

/** Runs without vitest: the matchers under jest's own `expect`. Prints for each expectation what became of it, as JSON. */
import { expect } from 'expect'
import { type MeshMatchers, meshMatchers, meshOf } from '../../src/testing/index.js'
import { dataplane, policy, routeAll, shop } from '../translated.js'

declare module 'expect' {
  interface Matchers<R> extends MeshMatchers<R> {}
}

expect.extend(meshMatchers)

const mtls = 'mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}\n'
const proxies = dataplane('web', { outbounds: ['orders'] }) + dataplane('orders', { address: '10.0.0.2' }) + routeAll
const open = meshOf(shop(proxies))
const closed = meshOf(shop(mtls + proxies + policy('TrafficPermission', undefined, { name: 'nobody', from: 'nobody' })))
const request = { from: 'web', to: 'orders' }

const expectations: Readonly<Record<string, () => void>> = {
  allowed: () => expect(open).toAllow(request),
  'not allowed': () => expect(open).not.toAllow(request),
  'allowed where nobody is': () => expect(closed).toAllow(request),
  denied: () => expect(closed).toDeny(request),
  'not denied': () => expect(closed).not.toDeny(request),
  routed: () => expect(open).toRoute(request, { cluster: 'orders' }),
  'routed elsewhere': () => expect(open).toRoute(request, { cluster: 'stock' }),
  'a golden that is not there': () => expect(open).toMatchGolden('no-such-folder'),
}

const outcomes = Object.entries(expectations).map(([name, expectation]) => {
  try {
    expectation()
    return [name, 'passes'] as const
  } catch (error) {
    return [name, error instanceof Error ? error.message : String(error)] as const
  }
})
process.stdout.write(JSON.stringify(Object.fromEntries(outcomes)))

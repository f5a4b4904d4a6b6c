import fc from 'fast-check'
import { expect, it } from 'vitest'
import { withInternalKinds } from '../../core/kinds/internal.js'
import { parse } from '../../core/parse.js'
import { type Resource, keyOf } from '../../core/resource.js'
import { placeholderIdentity, rawCodec, rawFault } from '../../protojson/index.js'
import { registry } from '../kinds.js'
import { type Fleet, type FleetChange, type FleetOptions, type ProxyKey, createFleet } from '../fleet.js'
import { createSealedPool } from '../seal.js'
import type { ProxyOptions } from '../translate.js'
import { catalogue } from './edits-catalogue.js'
import { resourceChanges } from './proxy-changes.js'

const identity = placeholderIdentity(['shop'])
const plain: ProxyOptions = { identity, workloadIdentity: identity, rawCodec }
/** As kuma-dp says it of a proxy with its own DNS. */
const told: ProxyOptions = {
  ...plain,
  metadata: {
    'dataplane.admin.port': '9901',
    'dataplane.readinessReporter.port': '9902',
    'dataplane.dns.port': '15053',
    workdir: '/tmp/kuma-dp-web-1',
    features: ['feature-embedded-dns', 'feature-reuse-port'],
  },
}
const optionsOf = ({ name }: ProxyKey) => (name.endsWith('1') ? told : plain)

const allKinds = withInternalKinds(registry)

function stored(yaml: string): Resource {
  const [item] = parse(yaml, allKinds, { rawFault }).items
  if (!item?.resource || item.refusal) throw new Error(`${yaml}: ${JSON.stringify(item)}`)
  return item.resource
}

/** Which services take TLS; no user writes it. */
const readiness = (...services: string[]): Resource => ({
  type: 'ServiceInsight',
  mesh: 'shop',
  name: 'all-services-shop',
  labels: {},
  spec: { services: Object.fromEntries(services.map((name) => [name, { dataplanes: { online: 1 }, issuedBackends: { ca: 1 } }])) },
})

const slots = [
  ...Object.entries(catalogue).map(([slot, variants]) => ({ slot, variants: variants.map(stored) })),
  { slot: 'readiness', variants: [readiness('orders'), readiness('stock', 'orders'), readiness('stock')] },
]

/** What may be put in each place, and a number for each way to write a resource so that it says the same. */
const edit = fc.record({
  place: fc.nat({ max: slots.length - 1 }),
  variant: fc.nat({ max: 3 }),
  remove: fc.nat({ max: 4 }),
  restated: fc.nat({ max: 3 }),
})

function reversed<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).reverse()) as T
}

/** The same in other words: another time, another order of labels, another count. */
function restate(resource: Resource, how: number): Resource {
  if (how === 0) return { ...resource, modificationTime: '2026-05-05T05:05:05Z' }
  if (how === 1) return { ...resource, labels: reversed(resource.labels) }
  const counted = typeof resource.status === 'object' && resource.status !== null
  return counted ? { ...resource, status: { ...resource.status, dataplaneProxies: { connected: 7 } } } : structuredClone(resource)
}

/** @param alone whether each proxy is translated as if there were no other like it */
function versions(fleet: Fleet, alone = false): Map<string, string> {
  const text = (key: ProxyKey) => {
    const { snapshot, issues } = fleet.translate(key, { ...optionsOf(key), ...(alone ? { pool: createSealedPool() } : {}) })
    const resources = Object.values(snapshot).flatMap((map) => [...map].map(([name, { version }]) => `${name}@${version}`))
    return [
      ...resources,
      ...issues.map(({ code, message, resource }) => `${code} ${message} ${resource?.type} ${resource?.name}`).sort(),
    ].join('\n')
  }
  return new Map(fleet.proxies().flatMap((key) => (fleet.has(key) ? [[JSON.stringify(key), text(key)]] : [])))
}

it('gives the same after any edits as from nothing, and says exactly what has changed', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 25, maxLength: 50 }), fc.boolean(), (edits, handOutVips) => {
      const now = new Map(slots.flatMap(({ variants: [first] }) => (first ? [[keyOf(first), first]] : [])))
      let fleet = createFleet(now.values(), { handOutVips })
      versions(fleet)
      for (const { place, variant, remove, restated } of edits) {
        const { variants } = slots[place]!
        const wanted = variants[variant % variants.length]!
        const known = now.get(keyOf(wanted))
        const change: FleetChange =
          known && remove === 0
            ? { op: 'delete', key: wanted }
            : { op: 'put', resource: known && restated > 0 && remove === 1 ? restate(known, restated - 1) : wanted }
        if (change.op === 'put') now.set(keyOf(change.resource), change.resource)
        else now.delete(keyOf(change.key))

        const before = new Map(
          fleet.proxies().flatMap((key) => (fleet.has(key) ? [[JSON.stringify(key), fleet.translate(key, optionsOf(key))]] : [])),
        )
        const { fleet: next, touched, changes } = fleet.apply([change])
        const said = new Map(changes().map(({ proxy, resources }) => [JSON.stringify(proxy), resources]))
        const full = versions(createFleet(now.values(), { handOutVips }), true)
        expect(versions(next)).toEqual(full)
        for (const key of next.proxies().filter((one) => next.has(one))) {
          const text = JSON.stringify(key)
          const [was, is] = [before.get(text), next.translate(key, optionsOf(key))]
          if (!was) continue
          if (!touched.some((one) => JSON.stringify(one) === text)) expect(is).toBe(was)
          expect(said.get(text) ?? []).toEqual(resourceChanges(was.snapshot, is.snapshot))
        }
        fleet = next
      }
    }),
    { numRuns: 6 },
  )
}, 240_000)

it('works nothing out anew for a change that says the same', () => {
  const resources = slots.flatMap(({ variants: [first] }) => first ?? [])
  const fleet = createFleet(resources)
  const before = fleet.proxies().map((key) => fleet.translate(key, optionsOf(key)))
  const changes = [0, 1, 2].flatMap((how) => resources.map((resource): FleetChange => ({ op: 'put', resource: restate(resource, how) })))
  const insight: FleetChange = {
    op: 'put',
    resource: { type: 'DataplaneInsight', mesh: 'shop', name: 'web-0', labels: {}, spec: { subscriptions: [] } },
  }
  const rotation: FleetChange = { op: 'put', resource: { type: 'CaRotation', mesh: 'shop', name: 'ca-rotation', labels: {}, spec: {} } }
  const { fleet: next, touched, changes: told } = fleet.apply([...changes, insight, rotation])
  expect(touched).toEqual([])
  expect(told()).toEqual([])
  expect(next.proxies().map((key) => next.translate(key, optionsOf(key)))).toEqual(before)
  for (const [i, key] of next.proxies().entries()) expect(next.translate(key, optionsOf(key))).toBe(before[i])
})

it('touches no more than what has read the change', () => {
  const resources = slots.flatMap(({ variants: [first] }) => first ?? [])
  const fleet = createFleet(resources)
  for (const key of fleet.proxies()) fleet.translate(key, optionsOf(key))
  const narrow = stored(
    'type: MeshTimeout\nmesh: shop\nname: narrow\nspec: {targetRef: {kind: Dataplane, labels: {app: stock}}, to: [{targetRef: {kind: Mesh}, default: {connectionTimeout: 9s}}]}\n',
  )
  const { touched } = fleet.apply([{ op: 'put', resource: narrow }])
  expect(touched.map(({ name }) => name)).toEqual(['stock-0'])
})

it('touches proxies that nobody asked for yet only where somebody watches them', () => {
  const resources = slots.flatMap(({ variants: [first] }) => first ?? [])
  const everywhere: FleetChange = {
    op: 'put',
    resource: stored(
      'type: MeshTimeout\nmesh: shop\nname: all\nspec: {to: [{targetRef: {kind: Mesh}, default: {connectionTimeout: 9s}}]}\n',
    ),
  }
  const touchedBy = (options: FleetOptions) => {
    const fleet = createFleet(resources, options)
    fleet.translate({ mesh: 'shop', name: 'web-0' }, optionsOf({ mesh: 'shop', name: 'web-0' }))
    return fleet.apply([everywhere]).touched.filter(({ mesh }) => mesh === 'shop')
  }
  const all = touchedBy({})
  expect(all.length).toBeGreaterThan(2)
  expect(touchedBy({ watched: ({ name }) => name === 'stock-0' }).map(({ name }) => name)).toEqual(['stock-0', 'web-0'])
})

it('a fleet that was applied to answers as before, also when it is applied to again', () => {
  const resources = slots.flatMap(({ variants: [first] }) => first ?? [])
  const fleet = createFleet(resources)
  const before = versions(fleet)
  const gone: FleetChange = { op: 'delete', key: { type: 'Dataplane', mesh: 'shop', name: 'orders-0' } }
  const once = fleet.apply([gone])
  expect(versions(fleet)).toEqual(before)
  const twice = fleet.apply([gone])
  expect(twice.touched).toEqual(twice.fleet.proxies())
  expect(versions(twice.fleet)).toEqual(versions(once.fleet))
})

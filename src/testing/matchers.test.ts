import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { dataplane, policy, routeAll, shop } from '../../test/translated.js'
import { envoy } from '../../test/with-envoy.js'
import { meshMatchers, meshOf, validateWithEnvoy } from './index.js'

const mtls = 'mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}\n'
const parts = [dataplane('web', { outbounds: ['orders'] }), dataplane('orders', { address: '10.0.0.2' }), routeAll]
const open = meshOf(shop(parts.join('')))
const closed = meshOf(shop(mtls + parts.join('') + policy('TrafficPermission', undefined, { name: 'nobody', from: 'nobody' })))
const request = { from: 'web', to: 'orders', path: '/a' }
const { toAllow, toDeny, toRoute, toMatchGolden } = meshMatchers

describe('who may call', () => {
  test('toAllow and toDeny tell what happens instead', () => {
    expect([toAllow(open, request).pass, toDeny(open, request).pass]).toEqual([true, false])
    expect([toAllow(closed, request).pass, toDeny(closed, request).pass]).toEqual([false, true])
    expect(toAllow(closed, request).message()).toMatch(
      /expected GET \/a from "web" to "orders" to be allowed.*\n +100 % denied 503: no permission/,
    )
    expect(toDeny(open, request).message()).toContain('100 % delivered')
  })

  test('what leads nowhere is neither', () => {
    const nowhere = { ...request, to: 'stock' }
    expect([toAllow(open, nowhere).pass, toDeny(open, nowhere).pass]).toEqual([false, false])
  })
})

describe('where requests go', () => {
  test('toRoute compares what is named, and how much goes there', () => {
    expect(toRoute(open, request, { cluster: 'orders', path: '/a', host: 'orders' }).pass).toBe(true)
    expect(toRoute(open, request, { cluster: 'stock' }).pass).toBe(false)
    const split = [
      { weight: 1, destination: { 'kuma.io/service': 'orders' } },
      { weight: 3, destination: { 'kuma.io/service': 'web' } },
    ]
    const half = meshOf(shop(parts.join('') + policy('TrafficRoute', { split }, { name: 'split', to: 'orders' })))
    expect(toRoute(half, request, { cluster: 'orders', share: 0.25 }).pass).toBe(true)
    expect(toRoute(half, request, { cluster: 'orders' }).message()).toContain('and 25 % did')
  })
})

describe('toMatchGolden', () => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'kuma-matchers-'))))
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  test('writes down when asked to, then tells every difference, also files that belong to nothing', () => {
    expect(toMatchGolden(open, folder).message()).toContain('clusters.yaml: is not written down')
    vi.stubEnv('KUMA_GOLDEN', 'rewrite')
    expect(toMatchGolden(open, folder).pass).toBe(true)
    expect(readdirSync(folder)).toContain('listeners.yaml')
    vi.unstubAllEnvs()
    expect(toMatchGolden(open, folder).pass).toBe(true)
    expect(toMatchGolden(closed, folder).message()).toMatch(/listeners\.yaml: line \d+/)
    writeFileSync(join(folder, 'stray.yaml'), '')
    expect(toMatchGolden(open, folder).message()).toContain('stray.yaml: is written down, but there is nothing of the kind')
  })
})

test('what a control plane would refuse is an error that says where', () => {
  expect(() => meshOf('type: Dataplane\nmesh: none\nname: x\n')).toThrow(/would refuse 1 resource\(s\):\n {2}Dataplane x/)
})

describe('validateWithEnvoy', () => {
  test('says so where there is none', async () => {
    expect(await validateWithEnvoy(open, { envoy: '/no/such/envoy' })).toMatchObject({ checked: false })
  })

  test.skipIf(envoy.missing)(`asks the real one about meshes and bootstraps ${envoy.reason}`, async () => {
    expect(await validateWithEnvoy(closed, { envoy: envoy.path })).toEqual({ checked: true, rejections: [] })
    const broken = await validateWithEnvoy({ staticResources: { clusters: [{ name: 'c', connectTimeout: '-1s' }] } }, { envoy: envoy.path })
    expect(broken).toMatchObject({ checked: true, rejections: [{ name: 'bootstrap' }] })
  })
})

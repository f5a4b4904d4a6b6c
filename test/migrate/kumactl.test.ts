import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Kumactl, shopMesh, shopPolicy, shopProxy, startKumactl } from '../kumactl.js'

const between = (type: string, name: string, to: string, conf: object) => ({
  type,
  mesh: 'shop',
  name,
  sources: [{ match: { 'kuma.io/service': '*' } }],
  destinations: [{ match: { 'kuma.io/service': to } }],
  conf,
})
const breaker = between('CircuitBreaker', 'limits', 'orders', { thresholds: { maxConnections: 5 } })
const route = between('TrafficRoute', 'all', '*', { destination: { 'kuma.io/service': '*' } })
const timeout = between('Timeout', 'orders', 'orders', { connectTimeout: '7s' })
const proxies = [shopProxy('web', { dials: ['orders'] }), shopProxy('orders', { address: '10.0.0.2' })]
const newer = [shopPolicy('MeshTimeout', 'all', { connectionTimeout: '2s' })]

let kumactl: Kumactl
beforeAll(async () => void (kumactl = await startKumactl([shopMesh, ...proxies, ...newer])))
afterAll(() => kumactl.stop())

const migrated = (objects: readonly object[], ...args: string[]) =>
  kumactl.run('migrate', '-f', kumactl.file('before', [shopMesh, ...objects]), ...args)

test('policies come out as somebody would write them, with what becomes of each and exactly what changes', async () => {
  const { out, err, status } = await migrated([...proxies, route, breaker])
  expect(parse(out)).toMatchObject({
    type: 'MeshCircuitBreaker',
    mesh: 'shop',
    name: 'limits',
    spec: {
      targetRef: { kind: 'Mesh' },
      to: [{ targetRef: { kind: 'MeshService', name: 'orders' }, default: { connectionLimits: { maxConnections: 5 } } }],
    },
  })
  expect(out).not.toContain('labels')
  expect(err).toContain('CircuitBreaker limits becomes MeshCircuitBreaker limits\n')
  expect(err).toContain('TrafficRoute all becomes nothing: it says what holds anyway\n')
  expect(err).toContain('1 of 2 proxies change')
  expect(status).toBe(2)
})

test('what is printed does what was told when it is applied', async () => {
  const before = [...proxies, route, breaker]
  const { out, err } = await migrated(before)
  const after = kumactl.file('after', `${[shopMesh, ...proxies].map((one) => JSON.stringify(one)).join('\n---\n')}\n---\n${out}`)
  const plan = await kumactl.run('plan', '-f', kumactl.file('before', [shopMesh, ...before]), '-f', after)
  expect(err.endsWith(plan.out)).toBe(true)
})

test('status 0 where no proxy changes: nobody dials what the policy is for', async () => {
  const { out, err, status } = await migrated([shopProxy('web'), breaker])
  expect(out).toContain('type: MeshCircuitBreaker')
  expect(err).toContain('0 of 1 proxy change: no-op')
  expect(status).toBe(0)
})

test('a mesh without such policies stays as it is, from a control plane too', async () => {
  const { out, err, status } = await kumactl.run('migrate')
  expect([out, status]).toEqual(['', 0])
  expect(err).toContain('0 of 2 proxies change: no-op')
})

test('-o json gives what the library gives', async () => {
  const { out, status } = await migrated([...proxies, route, timeout], '-o', 'json')
  const migration = JSON.parse(out)
  expect(migration.rewritten).toContainEqual({
    from: { type: 'Timeout', mesh: 'shop', name: 'orders' },
    to: [{ type: 'MeshTimeout', mesh: 'shop', name: 'orders' }],
  })
  expect(migration.plan.proxies.length > 0).toBe(status === 2)
})

test('older spelling is read, and today’s form is printed', async () => {
  const older = [
    'type: Mesh\nname: shop\nmtls: { enabled: true, ca: { builtin: {} } }',
    'type: Dataplane\nmesh: shop\nname: web-1\nnetworking:\n  inbound:\n  - interface: 10.0.0.1:8080:80\n    tags: { service: web, protocol: http }',
    'type: TrafficPermission\nmesh: shop\nname: all\nsources:\n- match: { service: "*" }\ndestinations:\n- match: { service: web }',
  ].join('\n---\n')
  const { out, err } = await kumactl.run('migrate', '-f', kumactl.file('older', older))
  expect(out).toContain('type: MeshTrafficPermission')
  expect(out).toMatch(/kuma\.io\/service: web|name: web/)
  expect(err).toMatch(/TrafficPermission all becomes MeshTrafficPermission all/)
})

test.each([
  ['unknown output format "xml": expected yaml or json', ['-o', 'xml']],
  ['maxConnections', ['-f', 'INVALID']],
])('refuses with: %s', async (message, args) => {
  const invalid = between('CircuitBreaker', 'limits', 'orders', { thresholds: { maxConnections: 'many' } })
  const { out, err, status } = await kumactl.run(
    'migrate',
    ...args.map((arg) => (arg === 'INVALID' ? kumactl.file('invalid', [shopMesh, invalid]) : arg)),
  )
  expect([out, status]).toEqual(['', 1])
  expect(err).toContain(message)
})

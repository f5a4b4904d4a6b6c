import { expect, it } from 'vitest'
import type { MeshRateLimitSpec } from './schema.js'
import { validateRateLimit } from './validate.js'

const faults = (spec: MeshRateLimitSpec) =>
  validateRateLimit(spec, { name: 'r', labels: {} }).map(({ path, message }) => `${path}: ${message}`)
const sidecars = { kind: 'Mesh' as const, proxyTypes: ['Sidecar' as const] }
const limit = { local: { http: { requestRate: { num: 1, interval: '1s' } } } }

it('sidecars are limited by from or rules, gateways by to', () => {
  const entry = { targetRef: { kind: 'Mesh' as const }, default: limit }
  expect(faults({ targetRef: sidecars, from: [entry] })).toEqual([])
  expect(faults({ targetRef: sidecars, to: [entry] })).toEqual(['spec.to: must not be defined'])
  expect(faults({ to: [entry] })).toEqual([])
  expect(faults({ rules: [{ default: limit }] })).toEqual(['spec.rules: must not be defined'])
  expect(faults({ targetRef: sidecars, from: [entry], rules: [{ default: limit }] })).toEqual([
    "spec: fields 'to' and 'from' must be empty when 'rules' is defined",
  ])
})

it('limits say something, and something that can be kept', () => {
  const of = (local: NonNullable<typeof limit>['local'] | object) => faults({ targetRef: sidecars, rules: [{ default: { local } }] })
  expect(of({})).toEqual(['spec.rules[0].default.local: must have at least one defined: tcp, http'])
  expect(of({ tcp: {} })).toEqual(['spec.rules[0].default.local.tcp: must have at least one defined: disabled, connectionRate'])
  expect(of({ http: { requestRate: { num: 0, interval: '50ms' }, onRateLimit: { status: 0 } } })).toEqual([
    'spec.rules[0].default.local.http.requestRate.num: must be greater than 0',
    'spec.rules[0].default.local.http.requestRate.interval: must be greater than: 50ms',
    'spec.rules[0].default.local.http.onRateLimit.status: must be greater than 0',
  ])
})

import { describe, expect, test } from 'vitest'
import { signalPlan } from './collector-plan.js'

const env = (mode: 'Disabled' | 'Optional' | 'Required', allowSignalOverrides?: boolean) =>
  ({ mode, precedence: 'EnvFirst', allowSignalOverrides }) as const
const plan = (...args: Parameters<typeof signalPlan>) => JSON.parse(JSON.stringify(signalPlan(...args)))

describe('how kuma-dp is to send a kind of data', () => {
  test('without anything in the environment', () => {
    expect(plan(undefined, undefined, 'logs')).toEqual({ enabled: true })
    expect(plan('nonsense', env('Optional'), 'logs', '30s')).toEqual({ enabled: true, refreshInterval: '30s' })
    expect(plan(undefined, env('Required'), 'logs')).toEqual({ enabled: true, blockedReasons: ['RequiredEnvMissing'] })
  })

  test('with an environment that is not to count', () => {
    const inventory = { shared: { endpointPresent: true } }
    expect(plan(inventory, env('Disabled'), 'logs')).toEqual({
      enabled: true,
      envInputPresent: true,
      blockedReasons: ['EnvDisabledByPolicy'],
    })
  })

  test('with settings of one kind of data alone', () => {
    const inventory = { traces: { overrideKinds: ['endpoint'] } }
    const own = { enabled: true, envInputPresent: true, overrideKinds: ['endpoint'] }
    expect(plan(inventory, undefined, 'traces')).toEqual(own)
    expect(plan(inventory, env('Optional', false), 'traces')).toEqual({ ...own, blockedReasons: ['SignalOverridesDisallowed'] })
    expect(plan(inventory, env('Optional', false), 'logs')).toEqual({ enabled: true })
  })

  test('with fields that the environment has to give and does not', () => {
    const inventory = { shared: { headersPresent: true }, validationErrors: ['shared.mtls', 'logs.base-path', 'traces.endpoint', 'odd'] }
    expect(plan(inventory, env('Required'), 'logs')).toEqual({
      enabled: true,
      envInputPresent: true,
      missingFields: ['client_certificate', 'client_key', 'base_path'],
      blockedReasons: ['RequiredEnvMissing'],
    })
  })
})

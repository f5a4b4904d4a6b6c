import { describe, expect, it } from 'vitest'
import { retryCondition } from './conditions.js'
import { retryPolicyOf } from './retry-policy.js'
import type { HttpRetry, MeshRetrySpec, RetryConf } from './schema.js'
import { validateRetry } from './validate.js'

const faults = (spec: MeshRetrySpec, labels: Record<string, string> = {}) =>
  validateRetry(spec, { name: 'r', labels }).map(({ path, message }) => `${path}: ${message}`)
const toMesh = (conf: RetryConf): MeshRetrySpec => ({ to: [{ targetRef: { kind: 'Mesh' }, default: conf }] })
const http = (conf: HttpRetry) => retryPolicyOf({ http: conf }, 'http')

describe('what a MeshRetry refuses', () => {
  it('sections that say nothing', () => {
    expect(faults(toMesh({ tcp: {}, http: {}, grpc: {} }))).toEqual([
      'spec.to[0].default.conf.tcp: must not be empty',
      'spec.to[0].default.conf.http: must not be empty',
      'spec.to[0].default.conf.grpc: must not be empty',
    ])
    expect(faults(toMesh({ http: { hostSelectionMaxAttempts: 3 } }))).toEqual(['spec.to[0].default.conf.http: must not be empty'])
    expect(faults(toMesh({ tcp: { maxConnectAttempt: 0 } }))).toEqual([
      'spec.to[0].default.conf.tcp.maxConnectAttempt: must be greater than 0',
    ])
  })

  it('conditions that Envoy does not know', () => {
    expect(faults(toMesh({ http: { retryOn: ['5xx', 'HttpMethodGet', '503', '5XX', '599', 'HttpMethodSteal'] } }))).toEqual([
      "spec.to[0].default.conf.http.retryOn[3]: unknown item '5XX'",
      "spec.to[0].default.conf.http.retryOn[4]: unknown item '599'",
      "spec.to[0].default.conf.http.retryOn[5]: unknown item 'HttpMethodSteal'",
    ])
  })

  it('half a back-off', () => {
    expect(faults(toMesh({ grpc: { backOff: {}, rateLimitedBackOff: { maxInterval: '0s' } } }))).toEqual([
      'spec.to[0].default.conf.grpc.backOff: must not be empty',
      'spec.to[0].default.conf.grpc.rateLimitedBackOff.maxInterval: must be defined and greater than zero',
      'spec.to[0].default.conf.grpc.rateLimitedBackOff.resetHeaders: must be defined',
    ])
  })

  it('gateways and routes to those who do not run the mesh, and services under them', () => {
    const conf = { tcp: { maxConnectAttempt: 1 } }
    const onGateway = {
      targetRef: { kind: 'MeshGateway', name: 'edge' },
      to: [{ targetRef: { kind: 'MeshService', name: 'x' }, default: conf }],
    } as const
    const service = "spec.to[0].targetRef.kind: value 'MeshService' is not supported"
    expect(faults({ ...onGateway, to: [...onGateway.to] })).toEqual([service])
    expect(faults({ ...onGateway, to: [...onGateway.to] }, { 'kuma.io/policy-role': 'consumer' })).toEqual([
      "spec.targetRef.kind: value 'MeshGateway' is not supported",
      service,
    ])
  })
})

describe('what a route gets', () => {
  it('nothing for protocols without a section, or where there are to be no retries', () => {
    expect(retryPolicyOf({ http: { numRetries: 3 }, grpc: { numRetries: 3 } }, 'http2')).toBeUndefined()
    expect(retryPolicyOf({ tcp: { maxConnectAttempt: 3 } }, 'http')).toBeUndefined()
    expect(http({ numRetries: 0, retryOn: ['5xx'] })).toBeUndefined()
    expect(retryPolicyOf({ grpc: { numRetries: 0 } }, 'grpc')).toBeUndefined()
  })

  it('status codes on top of the usual conditions, methods as headers', () => {
    expect(http({ retryOn: ['503'] })).toMatchObject({
      retryOn: 'gateway-error,connect-failure,refused-stream,retriable-status-codes',
      retriableStatusCodes: [503],
    })
    expect(http({ retryOn: ['Reset', '503'] })?.retryOn).toBe('reset,retriable-status-codes')
    expect(http({ retryOn: ['HttpMethodGet'] })).toMatchObject({
      retryOn: 'gateway-error,connect-failure,refused-stream',
      retriableRequestHeaders: [{ name: ':method' }],
    })
  })

  it('conditions of gRPC in the spelling of Envoy', () => {
    expect(retryPolicyOf({ grpc: { retryOn: ['DeadlineExceeded', 'Canceled', 'ResourceExhausted'] } }, 'grpc')?.retryOn).toBe(
      'deadline-exceeded,canceled,resource-exhausted',
    )
  })

  it('a base interval for gRPC in any case', () => {
    const interval = (backOff: { baseInterval?: string; maxInterval?: string }) =>
      retryPolicyOf({ grpc: { backOff } }, 'grpc')?.retryBackOff?.baseInterval
    expect(interval({ maxInterval: '1s' })).toEqual({ seconds: 0, nanos: 25_000_000 })
    expect(interval({ baseInterval: '1s' })).toEqual({ seconds: 1, nanos: 0 })
    expect(http({ backOff: { maxInterval: '1s' } })?.retryBackOff?.baseInterval).toBeUndefined()
  })
})

it('knows nothing but what it knows', () => {
  expect([retryCondition('toString'), retryCondition(''), retryCondition('306'), retryCondition('HttpMethod')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(retryCondition('418')).toEqual({ kind: 'status', code: 418 })
})

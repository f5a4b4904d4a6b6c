import { describe, expect, it } from 'vitest'
import type { ClusterDraft } from '../../draft.js'
import type { ProxyContext } from '../../proxy.js'
import { validateCircuitBreaker } from './validate.js'
import type { MatchedCircuitBreakers } from './match.js'
import type { CircuitBreakerConf, MeshCircuitBreakerSpec } from './schema.js'
import { meshCircuitBreaker } from './index.js'

const faults = (spec: MeshCircuitBreakerSpec) => validateCircuitBreaker(spec).map(({ path, message }) => `${path}: ${message}`)
const toMesh = (conf: CircuitBreakerConf): MeshCircuitBreakerSpec => ({ to: [{ targetRef: { kind: 'Mesh' }, default: conf }] })

describe('what a MeshCircuitBreaker refuses', () => {
  it('a policy that says nothing, or two things at once', () => {
    expect(faults({})).toEqual(["spec: at least one of 'from', 'to' or 'rules' has to be defined"])
    const conf = { connectionLimits: { maxRetries: 1 } }
    expect(faults({ ...toMesh(conf), rules: [{ default: conf }] })).toEqual([
      "spec: fields 'to' and 'from' must be empty when 'rules' is defined",
    ])
    expect(faults(toMesh({}))).toEqual([
      "spec.to[0].default: at least one of: 'connectionLimits' or 'outlierDetection' should be configured",
    ])
  })

  it('empty rules, at the path that the API gives them', () => {
    expect(faults({ rules: [{}] })).toEqual([
      "spec.from[0].default: at least one of: 'connectionLimits' or 'outlierDetection' should be configured",
    ])
  })

  it('detectors without any, or with counts of zero', () => {
    const detectors = (given: object) => faults(toMesh({ outlierDetection: { detectors: given } }))
    expect(detectors({})).toEqual([
      'spec.to[0].default.outlierDetection.detectors: must have at least one defined: totalFailures, gatewayFailures, localOriginFailures, successRate, failurePercentage',
    ])
    expect(detectors({ totalFailures: { consecutive: 0 }, failurePercentage: { threshold: 101 } })).toEqual([
      'spec.to[0].default.outlierDetection.detectors.totalFailures.consecutive: must be greater than 0',
      'spec.to[0].default.outlierDetection.detectors.failurePercentage.threshold: must be in inclusive range [0, 100]',
    ])
    const factor = (standardDeviationFactor: string) => detectors({ successRate: { standardDeviationFactor } })
    const at = 'spec.to[0].default.outlierDetection.detectors.successRate.standardDeviationFactor'
    expect([factor('x'), factor('0'), factor('0.1')]).toEqual([[`${at}: invalid number`], [`${at}: must be greater than 0`], []])
  })

  it('what it can not be about', () => {
    expect(faults({ targetRef: { kind: 'MeshHTTPRoute', name: 'x' }, ...toMesh({ connectionLimits: {} }) })).toEqual([
      "spec.targetRef.kind: value 'MeshHTTPRoute' is not supported",
    ])
    expect(faults({ to: [{ targetRef: { kind: 'MeshHTTPRoute', name: 'x' }, default: { connectionLimits: {} } }] })).toEqual([
      "spec.to[0].targetRef.kind: value 'MeshHTTPRoute' is not supported",
    ])
  })
})

describe('what a cluster gets', () => {
  const configured = (conf: CircuitBreakerConf) => {
    const draft = { name: 'orders', origin: 'outbound', message: { name: 'orders' }, protocol: 'http' } as ClusterDraft
    const matched = { cluster: () => conf } as unknown as MatchedCircuitBreakers
    meshCircuitBreaker.slots.cluster?.(matched, draft, {} as ProxyContext)
    return draft.message
  }

  it.each([
    ['1.001', 1001],
    ['1.9', 1900],
    [2, 2000],
    ['0.0001', 0],
    ['0.0000001', 0],
    ['1.9999', 1999],
  ])('a standard deviation factor of %s as thousandths, cut off', (standardDeviationFactor, expected) => {
    const { outlierDetection } = configured({ outlierDetection: { detectors: { successRate: { standardDeviationFactor } } } })
    expect(outlierDetection?.successRateStdevFactor).toBe(expected)
  })

  it('limits even where it has none to start with', () => {
    expect(configured({ connectionLimits: { maxConnections: 1 } }).circuitBreakers).toEqual({
      thresholds: [{ maxConnections: 1, trackRemaining: true }],
    })
  })

  it('no rates where no detectors are given', () => {
    expect(configured({ outlierDetection: {} }).outlierDetection).not.toHaveProperty('enforcingSuccessRate')
    expect(configured({ outlierDetection: {} }).outlierDetection).toMatchObject({ enforcingConsecutive5xx: 0 })
  })
})

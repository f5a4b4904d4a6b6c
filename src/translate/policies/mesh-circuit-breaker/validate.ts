import type { Violation } from '../../../core/kind.js'
import { affectsInbounds, checkTargetRef } from '../../../core/target-ref.js'
import {
  checkDurationPositiveIfSet,
  checkIntPercentage,
  checkPercentageIfSet,
  checkGreaterThanIfSet,
  numberOf,
} from '../../../core/validate/numbers.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { CircuitBreakerConf, Detectors, MeshCircuitBreakerSpec, OutlierDetectionConf } from './schema.js'

/** The rules of a MeshCircuitBreaker that its shape can't say. */
export function validateCircuitBreaker(spec: MeshCircuitBreakerSpec): Violation[] {
  const root = collect('spec')
  const { to = [], from = [], rules = [] } = spec
  checkTargetRef(root.field('targetRef'), spec.targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshGateway', 'MeshServiceSubset', 'Dataplane'],
    gatewayTags: true,
    inbound: affectsInbounds(spec),
  })
  if (rules.length === 0 && to.length === 0 && from.length === 0) root.add("at least one of 'from', 'to' or 'rules' has to be defined")
  if (rules.length > 0 && (to.length > 0 || from.length > 0)) root.add("fields 'to' and 'from' must be empty when 'rules' is defined")
  // The API speaks of `from` where it means `rules`.
  for (const [i, rule] of rules.entries()) checkConf(root.field('from').index(i).field('default'), rule.default)
  for (const [i, entry] of from.entries()) {
    const at = root.field('from').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh'] })
    checkConf(at.field('default'), entry.default)
  }
  for (const [i, entry] of to.entries()) {
    const at = root.field('to').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, {
      kinds: ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService'],
    })
    checkConf(at.field('default'), entry.default)
  }
  return root.violations
}

function checkConf(at: Place, { connectionLimits, outlierDetection }: CircuitBreakerConf = {}): void {
  if (!connectionLimits && !outlierDetection)
    return at.add("at least one of: 'connectionLimits' or 'outlierDetection' should be configured")
  for (const name of ['maxConnections', 'maxConnectionPools', 'maxPendingRequests', 'maxRetries', 'maxRequests'] as const) {
    checkGreaterThanIfSet(at.field('connectionLimits').field(name), connectionLimits?.[name], 0)
  }
  if (outlierDetection) checkOutlierDetection(at.field('outlierDetection'), outlierDetection)
}

function checkOutlierDetection(at: Place, conf: OutlierDetectionConf): void {
  checkDurationPositiveIfSet(at.field('interval'), conf.interval)
  checkDurationPositiveIfSet(at.field('baseEjectionTime'), conf.baseEjectionTime)
  checkIntPercentage(at.field('maxEjectionPercent'), conf.maxEjectionPercent)
  checkPercentageIfSet(at.field('healthyPanicThreshold'), conf.healthyPanicThreshold)
  if (conf.detectors) checkDetectors(at.field('detectors'), conf.detectors)
  else at.field('detectors').add('must be defined')
}

const detectorNames = ['totalFailures', 'gatewayFailures', 'localOriginFailures', 'successRate', 'failurePercentage'] as const

function checkDetectors(at: Place, detectors: Detectors): void {
  if (detectorNames.every((name) => !detectors[name])) return at.add(`must have at least one defined: ${detectorNames.join(', ')}`)
  const { successRate, failurePercentage } = detectors
  for (const name of ['totalFailures', 'gatewayFailures', 'localOriginFailures'] as const) {
    checkGreaterThanIfSet(at.field(name).field('consecutive'), detectors[name]?.consecutive, 0)
  }
  for (const name of ['successRate', 'failurePercentage'] as const) {
    checkGreaterThanIfSet(at.field(name).field('minimumHosts'), detectors[name]?.minimumHosts, 0)
    checkGreaterThanIfSet(at.field(name).field('requestVolume'), detectors[name]?.requestVolume, 0)
  }
  checkFactor(at.field('successRate').field('standardDeviationFactor'), successRate?.standardDeviationFactor)
  checkIntPercentage(at.field('failurePercentage').field('threshold'), failurePercentage?.threshold)
}

function checkFactor(at: Place, value: number | string | undefined): void {
  if (value === undefined) return
  const factor = numberOf(value)
  if (factor === undefined) at.add('invalid number')
  else if (factor <= 0) at.add('must be greater than 0')
}

import type { CircuitBreakers_Thresholds } from '../../../gen/envoy/config/cluster/v3/circuit_breaker.js'
import type { Cluster } from '../../../gen/envoy/config/cluster/v3/cluster.js'
import type { OutlierDetection } from '../../../gen/envoy/config/cluster/v3/outlier_detection.js'
import { numberOf } from '../../../core/validate/numbers.js'
import type { ClusterDraft, InboundDraft } from '../../draft.js'
import { duration } from '../../envoy/duration.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { type MatchedCircuitBreakers, confOf } from './match.js'
import type { CircuitBreakerConf, ConnectionLimits, Detectors, OutlierDetectionConf } from './schema.js'

export function inbound(matched: MatchedCircuitBreakers, { inbound, cluster }: InboundDraft): void {
  configure(cluster.message, matched.inbound(inbound))
}

export function cluster(matched: MatchedCircuitBreakers, draft: ClusterDraft): void {
  configure(draft.message, matched.cluster(draft))
}

export function gateway(matched: MatchedCircuitBreakers, { listener, clusters }: GatewayDraft): void {
  const rules = matched.gateway(listener.port)
  for (const { cluster, backend, service } of clusters) configure(cluster.message, confOf(rules, service, backend.resource))
}

/** What the policy leaves open stays as an older CircuitBreaker put it. */
function configure(cluster: Cluster, { connectionLimits, outlierDetection }: CircuitBreakerConf = {}): void {
  if (connectionLimits) Object.assign(thresholdsOf(cluster), defined(connectionLimits))
  if (!outlierDetection || outlierDetection.disabled) return
  cluster.outlierDetection = outlierDetectionOf(outlierDetection)
  const panic = outlierDetection.healthyPanicThreshold
  if (panic !== undefined) cluster.commonLbConfig = { ...cluster.commonLbConfig, healthyPanicThreshold: { value: numberOf(panic) ?? 0 } }
}

/** The limits of requests of default priority: Kuma makes no others. */
function thresholdsOf(cluster: Cluster): CircuitBreakers_Thresholds {
  const found = cluster.circuitBreakers?.thresholds?.[0]
  if (found) return found
  const made: CircuitBreakers_Thresholds = { trackRemaining: true }
  cluster.circuitBreakers = { ...cluster.circuitBreakers, thresholds: [made] }
  return made
}

function defined({ maxConnections, maxConnectionPools, maxPendingRequests, maxRetries, maxRequests }: ConnectionLimits): ConnectionLimits {
  const limits = { maxConnections, maxConnectionPools, maxPendingRequests, maxRetries, maxRequests }
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined))
}

function outlierDetectionOf(conf: OutlierDetectionConf): OutlierDetection {
  return {
    interval: conf.interval === undefined ? undefined : duration(conf.interval),
    baseEjectionTime: conf.baseEjectionTime === undefined ? undefined : duration(conf.baseEjectionTime),
    maxEjectionPercent: conf.maxEjectionPercent,
    splitExternalLocalOriginErrors: conf.splitExternalAndLocalErrors,
    ...byCount(conf.detectors ?? {}),
    ...(conf.detectors && byRate(conf.detectors)),
  }
}

const enforcing = (detector: unknown): number => (detector === undefined ? 0 : 100)

/** Envoy enforces some detectors unless told otherwise: those that the policy doesn't name are switched off. */
function byCount({ totalFailures, gatewayFailures, localOriginFailures }: Detectors): OutlierDetection {
  return {
    consecutive5xx: totalFailures?.consecutive,
    enforcingConsecutive5xx: enforcing(totalFailures?.consecutive),
    consecutiveGatewayFailure: gatewayFailures?.consecutive,
    enforcingConsecutiveGatewayFailure: enforcing(gatewayFailures?.consecutive),
    consecutiveLocalOriginFailure: localOriginFailures?.consecutive,
    enforcingConsecutiveLocalOriginFailure: enforcing(localOriginFailures?.consecutive),
  }
}

function byRate({ successRate, failurePercentage }: Detectors): OutlierDetection {
  const factor = successRate?.standardDeviationFactor
  return {
    successRateMinimumHosts: successRate?.minimumHosts,
    successRateRequestVolume: successRate?.requestVolume,
    successRateStdevFactor: factor === undefined ? undefined : thousandths(factor),
    enforcingSuccessRate: enforcing(successRate),
    enforcingLocalOriginSuccessRate: enforcing(successRate),
    failurePercentageMinimumHosts: failurePercentage?.minimumHosts,
    failurePercentageRequestVolume: failurePercentage?.requestVolume,
    failurePercentageThreshold: failurePercentage?.threshold,
    enforcingFailurePercentage: enforcing(failurePercentage),
    enforcingFailurePercentageLocalOrigin: enforcing(failurePercentage),
  }
}

/** A thousand times a decimal, cut off. Moves the decimal point, since 1.001 * 1000 is less than 1001. */
function thousandths(factor: number | string): number {
  const number = numberOf(factor) ?? 0
  const [digits, exponent = '0'] = String(number).split('e')
  return Math.trunc(Number(`${digits}e${Number(exponent) + 3}`))
}

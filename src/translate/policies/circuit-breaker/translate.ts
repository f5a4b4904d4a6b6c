import type { Cluster } from '../../../gen/envoy/config/cluster/v3/cluster.js'
import type { OutlierDetection } from '../../../gen/envoy/config/cluster/v3/outlier_detection.js'
import type { ClusterDraft } from '../../draft.js'
import { duration } from '../../envoy/duration.js'
import { type GatewayPolicies, gatewayPolicies } from '../../gateway/connection-policies.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import type { ProxyContext } from '../../proxy.js'
import { outboundPolicies } from '../../source-destination.js'
import type { CircuitBreakerConf, CircuitBreakerSpec, Detectors, Thresholds } from './schema.js'

export interface MatchedCircuitBreakers {
  confOf(service: string): CircuitBreakerConf | undefined
  readonly gateway: GatewayPolicies<CircuitBreakerSpec>
}

export function match({ mesh, tagSets }: ProxyContext): MatchedCircuitBreakers | undefined {
  const circuitBreakers = mesh.resourcesOf<CircuitBreakerSpec>('CircuitBreaker')
  if (circuitBreakers.length === 0) return undefined
  const policyOf = outboundPolicies(circuitBreakers, tagSets)
  return { confOf: (service) => policyOf(service)?.spec.conf, gateway: gatewayPolicies(circuitBreakers) }
}

export function cluster({ confOf }: MatchedCircuitBreakers, { connection, destination, message }: ClusterDraft): void {
  const conf = connection?.isDestination && destination ? confOf(destination.service) : undefined
  if (conf) configure(conf, message)
}

export function gateway({ gateway }: MatchedCircuitBreakers, { clusters }: GatewayDraft): void {
  for (const { cluster, host, backend } of clusters) {
    const conf = backend.resource === undefined ? gateway.ofBackend(host, backend)?.spec.conf : undefined
    if (conf) configure(conf, cluster.message)
  }
}

function configure(conf: CircuitBreakerConf, message: Cluster): void {
  if (conf.thresholds) limit(message.circuitBreakers?.thresholds?.[0] ?? {}, conf.thresholds)
  message.outlierDetection = outlierDetection(conf)
}

function limit(thresholds: Thresholds, { maxConnections, maxPendingRequests, maxRetries, maxRequests }: Thresholds): void {
  Object.assign(thresholds, { maxConnections, maxPendingRequests, maxRetries, maxRequests })
}

function outlierDetection(conf: CircuitBreakerConf): OutlierDetection {
  return {
    interval: conf.interval === undefined ? undefined : duration(conf.interval),
    baseEjectionTime: conf.baseEjectionTime === undefined ? undefined : duration(conf.baseEjectionTime),
    maxEjectionPercent: conf.maxEjectionPercent,
    splitExternalLocalOriginErrors: conf.splitExternalAndLocalErrors,
    ...detectors(conf.detectors ?? {}),
  }
}

/** Envoy enforces some detectors unless told otherwise: those that the policy doesn't name are switched off. */
function detectors({ totalErrors, gatewayErrors, localErrors, standardDeviation, failure }: Detectors): OutlierDetection {
  const enforcing = (detector: object | undefined) => (detector ? 100 : 0)
  return {
    consecutive5xx: totalErrors?.consecutive,
    enforcingConsecutive5xx: enforcing(totalErrors),
    consecutiveGatewayFailure: gatewayErrors?.consecutive,
    enforcingConsecutiveGatewayFailure: enforcing(gatewayErrors),
    consecutiveLocalOriginFailure: localErrors?.consecutive,
    enforcingConsecutiveLocalOriginFailure: enforcing(localErrors),
    successRateRequestVolume: standardDeviation?.requestVolume,
    successRateMinimumHosts: standardDeviation?.minimumHosts,
    successRateStdevFactor: standardDeviation?.factor === undefined ? undefined : Math.trunc(standardDeviation.factor * 1000),
    enforcingSuccessRate: enforcing(standardDeviation),
    enforcingLocalOriginSuccessRate: standardDeviation && 100,
    failurePercentageRequestVolume: failure?.requestVolume,
    failurePercentageMinimumHosts: failure?.minimumHosts,
    failurePercentageThreshold: failure?.threshold,
    enforcingFailurePercentage: enforcing(failure),
    enforcingFailurePercentageLocalOrigin: failure && 100,
  }
}

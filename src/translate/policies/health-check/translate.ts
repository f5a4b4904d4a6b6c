import type { Cluster } from '../../../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft } from '../../draft.js'
import type { ProxyContext } from '../../proxy.js'
import { outboundPolicies } from '../../source-destination.js'
import { healthChecks } from './checks.js'
import type { HealthCheckConf, HealthCheckSpec } from './schema.js'

export interface MatchedHealthChecks {
  confOf(service: string): HealthCheckConf | undefined
}

export function match({ mesh, tagSets }: ProxyContext): MatchedHealthChecks | undefined {
  const checks = mesh.resourcesOf<HealthCheckSpec>('HealthCheck')
  if (checks.length === 0) return undefined
  const policyOf = outboundPolicies(checks, tagSets)
  return { confOf: (service) => policyOf(service)?.spec.conf }
}

export function cluster({ confOf }: MatchedHealthChecks, { connection, destination, message, protocol }: ClusterDraft): void {
  if (!connection?.isDestination || !destination) return
  const conf = confOf(destination.service)
  if (!conf) return
  message.healthChecks = [...(message.healthChecks ?? []), ...healthChecks(conf, protocol)]
  panic(message, conf)
}

/** What happens once too few instances are healthy. */
function panic(message: Cluster, { healthyPanicThreshold, failTrafficOnPanic }: HealthCheckConf): void {
  if (healthyPanicThreshold === undefined && failTrafficOnPanic === undefined) return
  const config = (message.commonLbConfig ??= {})
  // Kuma keeps the threshold as a 32 bit float; Envoy takes a double.
  if (healthyPanicThreshold !== undefined) config.healthyPanicThreshold = { value: Math.fround(healthyPanicThreshold) }
  if (failTrafficOnPanic !== undefined) {
    config.localityConfigSpecifier = { $case: 'zoneAwareLbConfig', zoneAwareLbConfig: { failTrafficOnPanic } }
  }
}

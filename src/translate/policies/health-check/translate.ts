import type { Cluster } from '../../../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft } from '../../draft.js'
import { type GatewayPolicies, gatewayPolicies } from '../../gateway/connection-policies.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import type { Protocol } from '../../protocol.js'
import type { ProxyContext } from '../../proxy.js'
import { outboundPolicies } from '../../source-destination.js'
import { healthChecks } from './checks.js'
import type { HealthCheckConf, HealthCheckSpec } from './schema.js'

export interface MatchedHealthChecks {
  confOf(service: string): HealthCheckConf | undefined
  readonly gateway: GatewayPolicies<HealthCheckSpec>
}

export function match({ mesh, tagSets }: ProxyContext): MatchedHealthChecks | undefined {
  const checks = mesh.resourcesOf<HealthCheckSpec>('HealthCheck')
  if (checks.length === 0) return undefined
  const policyOf = outboundPolicies(checks, tagSets)
  return { confOf: (service) => policyOf(service)?.spec.conf, gateway: gatewayPolicies(checks) }
}

export function cluster({ confOf }: MatchedHealthChecks, { connection, destination, message, protocol }: ClusterDraft): void {
  const conf = connection?.isDestination && destination ? confOf(destination.service) : undefined
  if (conf) check(conf, message, protocol)
}

export function gateway({ gateway }: MatchedHealthChecks, { clusters }: GatewayDraft): void {
  for (const { cluster, host, backend } of clusters) {
    const conf = backend.resource === undefined ? gateway.ofBackend(host, backend)?.spec.conf : undefined
    if (conf) check(conf, cluster.message, cluster.protocol)
  }
}

function check(conf: HealthCheckConf, message: Cluster, protocol: Protocol): void {
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

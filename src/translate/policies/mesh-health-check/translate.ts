import { numberOf } from '../../../core/validate/numbers.js'
import type { Cluster } from '../../../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft } from '../../draft.js'
import type { ProxyContext } from '../../proxy.js'
import type { MatchedRules } from '../../rules/index.js'
import { tagsHeader } from '../../tags.js'
import { healthCheckOf } from './checks.js'
import { type HealthCheckConf, MeshHealthCheck } from './schema.js'

type MatchedHealthChecks = MatchedRules<HealthCheckConf>

export function match({ mesh, dataplane }: ProxyContext): MatchedHealthChecks | undefined {
  const rules = mesh.rules.of<HealthCheckConf>(MeshHealthCheck, dataplane)
  return rules.policies.length > 0 ? rules : undefined
}

export function cluster({ to }: MatchedHealthChecks, { destination, message, protocol }: ClusterDraft, proxy: ProxyContext): void {
  if (!destination) return
  const { resource, service } = destination
  const conf = resource === undefined ? to.forService(service)?.conf : to.forResource(resource)?.confs[0]
  if (!conf) return
  panic(message, conf)
  const check = healthCheckOf(conf, protocol, tagsHeader(proxy.tagSets))
  if (check) message.healthChecks = [...(message.healthChecks ?? []), check]
}

/** What happens once too few instances are healthy. Load balancing by weighted localities knows no panic of its own. */
function panic(message: Cluster, { healthyPanicThreshold, failTrafficOnPanic }: HealthCheckConf): void {
  if (healthyPanicThreshold === undefined && failTrafficOnPanic === undefined) return
  const config = (message.commonLbConfig ??= {})
  if (healthyPanicThreshold !== undefined) config.healthyPanicThreshold = { value: numberOf(healthyPanicThreshold) ?? 0 }
  if (failTrafficOnPanic !== undefined && config.localityConfigSpecifier?.$case !== 'localityWeightedLbConfig') {
    config.localityConfigSpecifier = { $case: 'zoneAwareLbConfig', zoneAwareLbConfig: { failTrafficOnPanic } }
  }
}

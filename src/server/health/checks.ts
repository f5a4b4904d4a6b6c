import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { Resource } from '../../core/resource.js'
import type { Address } from '../../gen/envoy/config/core/v3/address.js'
import type { HealthCheck } from '../../gen/envoy/config/core/v3/health_check.js'
import type { ClusterHealthCheck, HealthCheckSpecifier } from '../../gen/envoy/service/health/v3/hds.js'
import { pipeAddress, socketAddress } from '../../translate/envoy/address.js'
import { duration, seconds } from '../../translate/envoy/duration.js'
import { names } from '../../translate/names.js'
import { readNodeMetadata } from '../../translate/node-metadata.js'
import { inboundsOf } from '../../translate/proxy.js'

/** Of checks that a service probe says nothing of. Source: Kuma's `dpServer.hds`. */
const defaults = { timeout: seconds(2), interval: seconds(1), noTrafficInterval: seconds(1), threshold: 1 } as const

/** Cluster that stands for the proxy itself: it is not ready while it drains. */
export const ownHealth: readonly string[] = [names.legacy.admin, names.unified.admin]

/**
 * What a proxy is to check for the control plane: itself, and the applications behind inbounds with a service probe.
 * @param reportSeconds how often it is to tell what it found
 */
export function healthChecks(
  dataplane: Resource<DataplaneSpec>,
  metadata: Readonly<Record<string, unknown>>,
  reportSeconds: number,
): HealthCheckSpecifier {
  const { adminPort, adminSocketPath } = readNodeMetadata(metadata)
  const admin = adminSocketPath ? pipeAddress(adminSocketPath) : adminPort ? socketAddress('127.0.0.1', adminPort) : undefined
  const probed = inboundsOf(dataplane.spec).flatMap((inbound) => {
    const probe = dataplane.spec.networking?.inbound?.[inbound.index]?.serviceProbe
    if (!probe) return []
    return check(names.localCluster(inbound.workloadPort), socketAddress(inbound.workloadAddress, inbound.workloadPort), {
      timeout: probe.timeout === undefined ? defaults.timeout : duration(probe.timeout),
      interval: probe.interval === undefined ? defaults.interval : duration(probe.interval),
      healthyThreshold: probe.healthyThreshold ?? defaults.threshold,
      unhealthyThreshold: probe.unhealthyThreshold ?? defaults.threshold,
      healthChecker: { $case: 'tcpHealthCheck', tcpHealthCheck: {} },
    })
  })
  return { clusterHealthChecks: [...(admin ? [check(names.legacy.admin, admin, ready)] : []), ...probed], interval: seconds(reportSeconds) }
}

const ready: HealthCheck = {
  timeout: defaults.timeout,
  interval: defaults.interval,
  healthyThreshold: defaults.threshold,
  unhealthyThreshold: defaults.threshold,
  healthChecker: { $case: 'httpHealthCheck', httpHealthCheck: { path: '/ready' } },
}

const check = (clusterName: string, address: Address, healthCheck: HealthCheck): ClusterHealthCheck => ({
  clusterName,
  localityEndpoints: [{ endpoints: [{ address }] }],
  healthChecks: [{ ...healthCheck, noTrafficInterval: defaults.noTrafficInterval }],
})

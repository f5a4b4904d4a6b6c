import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { HealthStatus } from '../../gen/envoy/config/core/v3/health_check.js'
import type { EndpointHealthResponse } from '../../gen/envoy/service/health/v3/hds.js'
import { names } from '../../translate/names.js'
import { inboundsOf } from '../../translate/proxy.js'
import { ownHealth } from './checks.js'

/**
 * A Dataplane with the states of its inbounds as its proxy found them. Nothing where they stay as they are. Inbounds that are to
 * be ignored stay so; those that nobody probes are as well as the proxy itself.
 */
export function withHealth(spec: DataplaneSpec, report: EndpointHealthResponse): DataplaneSpec | undefined {
  const health = new Map<string, boolean>()
  for (const { clusterName = '', localityEndpointsHealth = [] } of report.clusterEndpointsHealth ?? []) {
    const status = localityEndpointsHealth[0]?.endpointsHealth?.[0]?.healthStatus
    if (status !== undefined) health.set(clusterName, status === HealthStatus.HEALTHY || status === HealthStatus.UNKNOWN)
  }
  const proxyIsWell = !ownHealth.some((cluster) => health.get(cluster) === false)
  const inbounds = inboundsOf(spec)
  let changed = false
  const inbound = (spec.networking?.inbound ?? []).map((entry, index) => {
    const cluster = names.localCluster(inbounds[index]?.workloadPort ?? 0)
    const isWell = proxyIsWell && (health.get(cluster) ?? true)
    const state = isWell ? ('Ready' as const) : ('NotReady' as const)
    const known = entry.state ?? 'Ready'
    if (known === 'Ignored' || known === state) return entry
    changed = true
    // `health` is how Kuma 2.5 and older had it.
    return { ...entry, state, health: { ready: isWell } }
  })
  return changed ? { ...spec, networking: { ...spec.networking, inbound } } : undefined
}

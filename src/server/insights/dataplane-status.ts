import type { DataplaneInsightSpec } from '../../core/kinds/dataplane-insight.js'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'

/** How a proxy is doing: connected and all of its inbounds ready, or some, or not. */
export type DataplaneStatus = 'online' | 'offline' | 'partiallyDegraded'

/** A proxy with what the control plane knows of it. */
export interface DataplaneOverview {
  readonly dataplane: DataplaneSpec
  readonly insight?: DataplaneInsightSpec
}

/** Source: DataplaneOverview.Status of kuma-cp. */
export function dataplaneStatus({ dataplane: { networking }, insight }: DataplaneOverview): DataplaneStatus {
  const connected = (insight?.subscriptions ?? []).some((s) => s.connectTime !== undefined && s.disconnectTime === undefined)
  if (!connected) return 'offline'
  if (networking?.gateway) return 'online'
  const ready = [
    ...(networking?.inbound ?? []).map(({ health, state }) => state !== 'NotReady' && (health === undefined || health.ready === true)),
    ...(networking?.listeners ?? []).map(({ state = 'Ready' }) => state === 'Ready'),
  ]
  if (!ready.includes(true)) return 'offline'
  return ready.includes(false) ? 'partiallyDegraded' : 'online'
}

import type { OverloadAction, OverloadManager, ResourceMonitor } from '../../gen/envoy/config/overload/v3/overload.js'
import { DownstreamConnectionsConfig } from '../../gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections.js'
import { FixedHeapConfig } from '../../gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap.js'
import { pack } from '../envoy/any.js'
import type { Codec } from '../envoy/encode.js'
import { seconds } from '../envoy/duration.js'

export interface OverloadLimits {
  /** Connections from clients that a gateway holds at most. */
  readonly maxConnections: number
  /** Memory of the proxy, where it knows a limit. */
  readonly maxHeapBytes?: number
}

const heap = 'envoy.resource_monitors.fixed_heap'

/** What a gateway does before it runs out of connections or memory: clients from outside could take all it has. */
export function overloadManager({ maxConnections, maxHeapBytes = 0 }: OverloadLimits): OverloadManager {
  const connections = monitor('envoy.resource_monitors.global_downstream_max_connections', DownstreamConnectionsConfig, {
    maxActiveDownstreamConnections: maxConnections,
  })
  const refreshInterval = seconds(0.25)
  if (maxHeapBytes <= 0) return { refreshInterval, resourceMonitors: [connections] }
  return {
    refreshInterval,
    resourceMonitors: [connections, monitor(heap, FixedHeapConfig, { maxHeapSizeBytes: maxHeapBytes })],
    actions: [heapAction('envoy.overload_actions.shrink_heap', 0.95), heapAction('envoy.overload_actions.stop_accepting_requests', 0.98)],
  }
}

function monitor<T>(name: string, codec: Codec<T>, config: T): ResourceMonitor {
  return { name, configType: { $case: 'typedConfig', typedConfig: pack(codec, config) } }
}

function heapAction(name: string, share: number): OverloadAction {
  return { name, triggers: [{ name: heap, triggerOneof: { $case: 'threshold', threshold: { value: share } } }] }
}

import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import type { Leader } from '../../../core/leader.js'
import type { Store } from '../../../core/store.js'
import type { About } from '../../../server/api/index.js'
import type { XdsMetrics } from '../../../server/xds-metrics.js'
import { type HttpMetrics, httpMetrics } from './http.js'
import { meteredStore } from './store.js'
import { xdsMetrics } from './xds.js'

export interface ControlPlaneMetrics {
  /** For xDS servers to count on. */
  readonly xds: XdsMetrics
  readonly api: HttpMetrics
  readonly proxies: HttpMetrics
  /** The store, measured from here on. */
  metered(store: Store): Store
  /** Tells how many resources there are, by type. */
  countResources(counts: () => Iterable<readonly [type: string, count: number]>): void
  /** Tells whether this control plane is the leader. */
  follow(leader: Leader): void
  /** Counts who was turned away, by the server and the reason. */
  turnedAway(server: 'api' | 'bootstrap' | 'xds', reason: string): void
  readonly contentType: string
  /** Everything counted, in Prometheus' text format. */
  text(): Promise<string>
}

/** Metrics of a control plane, under the names that Kuma gives them. */
export function createMetrics(zone: string, about: About): ControlPlaneMetrics {
  const registry = new Registry()
  registry.setDefaultLabels({ zone })
  collectDefaultMetrics({ register: registry })
  const registers = [registry]

  const { product, version, instanceId, clusterId } = about
  new Gauge({
    name: 'cp_info',
    help: 'Static information about the control plane',
    labelNames: ['product', 'version', 'instance_id', 'cluster_id'],
    registers,
  }).set({ product, version, instance_id: instanceId, cluster_id: clusterId }, 1)
  const turnedAway = new Counter({
    name: 'security_events',
    help: 'Requests that were turned away for who sent them, from where, or for how many there were',
    labelNames: ['server', 'reason'],
    registers,
  })

  return {
    xds: xdsMetrics(registry),
    api: httpMetrics(registry, 'api_server'),
    proxies: httpMetrics(registry, 'dp_server'),
    metered: (store) => meteredStore(store, registry),
    countResources(counts) {
      new Gauge({
        name: 'resources_count',
        help: 'Resources that there are',
        labelNames: ['resource_type', 'tenant'],
        registers,
        collect() {
          this.reset()
          for (const [type, count] of counts()) this.set({ resource_type: type, tenant: '' }, count)
        },
      })
    },
    follow(leader) {
      const leads = new Gauge({ name: 'leader', help: '1 indicates that this instance is leader', registers })
      leads.set(0)
      leader.onTerm(({ over }) => {
        leads.set(1)
        over.addEventListener('abort', () => leads.set(0))
      })
    },
    turnedAway: (server, reason) => turnedAway.inc({ server, reason }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

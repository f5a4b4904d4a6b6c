import type { Route } from '../../gen/envoy/config/route/v3/route_components.js'
import type { ClusterDraft, ListenerDraft } from '../draft.js'
import type { Protocol } from '../protocol.js'
import type { GatewayListener } from './listener.js'
import type { GatewayBackend, GatewayHost, RouteEntry } from './route-table.js'

/** One port of a builtin gateway while it is built: all that policies may change. */
export interface GatewayDraft {
  readonly listener: GatewayListener
  /** The Envoy listener; its connection managers fetch their routes by name. */
  readonly envoyListener: ListenerDraft
  /** Routes of all its virtual hosts, in their order. Of TCP and TLS listeners: none. */
  readonly routes: readonly GatewayRouteDraft[]
  /** Clusters that the port leads to; other ports may lead there too. */
  readonly clusters: readonly GatewayClusterDraft[]
}

export interface GatewayRouteDraft {
  readonly message: Route
  readonly host: GatewayHost
  /** Absent on the answer that there is no route. */
  readonly entry?: RouteEntry
}

export interface GatewayClusterDraft {
  readonly cluster: ClusterDraft
  readonly host: GatewayHost
  readonly backend: GatewayBackend
  /** Key in the mesh's endpoints: what the rules of services select by. */
  readonly service: string
  /** What the cluster speaks. */
  readonly protocol: Protocol
}

import type { Kind } from '../../core/kind.js'
import type { ClusterLoadAssignment } from '../../gen/envoy/config/endpoint/v3/endpoint.js'
import type { Route } from '../../gen/envoy/config/route/v3/route_components.js'
import type { ClusterDraft, InboundDraft, OutboundDraft, ProxyDraft, ZoneListenerDraft } from '../draft.js'
import type { GatewayDraft } from '../gateway/draft.js'
import type { GatewayListener } from '../gateway/listener.js'
import type { GatewayHostGroup } from '../gateway/route-table.js'
import type { MeshContext } from '../mesh-context.js'
import type { Tags } from '../tags.js'
import type { EgressDraft } from '../zone-proxy/egress-draft.js'
import type { Destination, Inbound, Outbound, ProxyContext, Split } from '../proxy.js'
import type { TlsMode } from '../server-tls.js'

/**
 * A policy at a glance: what it is called, whom it concerns, and what it puts where. `Matched` is whatever `match` finds
 * out about one proxy; it is worked out once a translation and handed to each slot.
 */
export interface Policy<Spec = unknown, Matched = unknown> {
  readonly kind: Kind<Spec>
  /** What of the policy's resources concerns this proxy. `undefined`: nothing does, and no slot is called. */
  readonly match: (proxy: ProxyContext) => Matched | undefined
  readonly slots: Slots<Matched>
  /** Whether its filters read the header `x-kuma-tags`, so that clients have to send it. */
  readonly readsTagsHeader?: boolean
  /** Tags of the places that the policy's resources lead to: a zone proxy has to know each of them by its server name. */
  readonly routedTags?: (mesh: MeshContext) => readonly Tags[]
  /** What the policy puts where a zone egress leads out of a mesh. Called for each service, policy by policy. */
  readonly egress?: (draft: EgressDraft, mesh: MeshContext) => void
  /** What the policy makes of the endpoints that a service has in other zones, where a zone egress leads there. */
  readonly egressEndpoints?: (service: string, assignment: ClusterLoadAssignment, mesh: MeshContext) => void
}

/**
 * The places where a policy has a say. Drafts are edited in place: each holds typed messages, nothing has to be unpacked.
 * The builder calls the slots policy by policy, in the order of `policies/index.ts`; where two write the same field,
 * the later one wins, as in Kuma.
 */
export interface Slots<Matched> {
  /** HTTP routes of an outbound whose service speaks HTTP. `undefined`: no opinion. */
  httpRoutes?(matched: Matched, outbound: Outbound, proxy: ProxyContext): HttpRouting | undefined
  /** Where the connections of an outbound go. `undefined`: no opinion. */
  tcpSplits?(matched: Matched, outbound: Outbound, proxy: ProxyContext): readonly Split[] | undefined
  /** An outbound that no policy above speaks of, built whole (TrafficRoute, which has its own defaults). */
  sourceDestinationOutbound?(matched: Matched, outbound: Outbound, proxy: ProxyContext): OutboundDraft | undefined
  /** Whether an inbound is open to those without mesh TLS, where there is mesh TLS at all. `undefined`: no opinion. */
  inboundMode?(matched: Matched, inbound: Inbound, proxy: ProxyContext): TlsMode | undefined
  /** One inbound: its listener (each filter chain) and its local cluster. */
  inbound?(matched: Matched, draft: InboundDraft, proxy: ProxyContext): void
  /** One outbound listener. */
  outbound?(matched: Matched, draft: OutboundDraft, proxy: ProxyContext): void
  /** One cluster that outbounds go to, shared by all of them. */
  cluster?(matched: Matched, draft: ClusterDraft, proxy: ProxyContext): void
  /** Route tables of one port of a builtin gateway, in place of those that MeshGatewayRoute makes. `undefined`: no opinion. */
  gatewayHosts?(matched: Matched, listener: GatewayListener, proxy: ProxyContext): readonly GatewayHostGroup[] | undefined
  /** One port of a builtin gateway: its listener, routes and clusters. */
  gateway?(matched: Matched, draft: GatewayDraft, proxy: ProxyContext): void
  /** One zone proxy that is part of the Dataplane. */
  zoneListener?(matched: Matched, draft: ZoneListenerDraft, proxy: ProxyContext): void
  /** All there is: for what concerns the proxy as a whole. Called after the slots above. */
  proxy?(matched: Matched, draft: ProxyDraft, proxy: ProxyContext): void
  /** Finished resources, secrets included, for policies that hold raw Envoy configuration. Called after all slots of all policies. */
  patch?(matched: Matched, draft: ProxyDraft, proxy: ProxyContext): void
}

export interface HttpRouting {
  readonly routes: Route[]
  /** Every cluster that the routes name. */
  readonly destinations: readonly Destination[]
}

/** Declares a policy; only there so that `Matched` is inferred from `match`. */
export function definePolicy<Spec, Matched>(policy: Policy<Spec, Matched>): Policy<Spec, Matched> {
  return policy
}

import type { Origin } from '../draft.js'
import type { Tags } from '../tags.js'
import type { JsonPatch } from './json-patch.js'

/** What is changed. */
export type Target = 'cluster' | 'listener' | 'networkFilter' | 'httpFilter' | 'virtualHost'

/** `add` is for resources and virtual hosts, the four with a place for filters. */
export type Operation = 'add' | 'addFirst' | 'addLast' | 'addBefore' | 'addAfter' | 'patch' | 'remove'

/** Whom a modification means: everything that isn't said may be anything. */
export interface Match {
  readonly name?: string
  /** Who made the resource (of filters and virtual hosts: the listener). */
  readonly origin?: string
  readonly listenerName?: string
  readonly listenerTags?: Tags
  readonly routeConfigurationName?: string
}

/** One change of finished resources, as ProxyTemplate and MeshProxyPatch write it. */
export interface Modification {
  readonly target: Target
  readonly operation: Operation
  readonly match: Match
  /** What to add or to merge in: YAML or JSON of the target's Envoy message. */
  readonly value?: string
  /** Instead of `value` of a patch. */
  readonly jsonPatches?: readonly JsonPatch[]
  /** Who a listener or cluster that it adds is from. Default: `proxy-template-modifications`. */
  readonly origin?: Origin
  /** Where in its policy it stands: `conf.modifications[0].cluster`. */
  readonly path: string
}

/** The Envoy messages that modifications change. */
export const typeUrls: Readonly<Record<Target, string>> = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  networkFilter: 'type.googleapis.com/envoy.config.listener.v3.Filter',
  httpFilter: 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
  virtualHost: 'type.googleapis.com/envoy.config.route.v3.VirtualHost',
}

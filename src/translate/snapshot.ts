/** What one proxy gets: its resources by type and name, sealed. */

/** The xDS resource types that a proxy gets, in make-before-break order: what others refer to comes first. */
export const resourceTypes = [
  { name: 'clusters', short: 'cds', typeUrl: 'type.googleapis.com/envoy.config.cluster.v3.Cluster', fullState: true },
  { name: 'endpoints', short: 'eds', typeUrl: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment', fullState: false },
  { name: 'listeners', short: 'lds', typeUrl: 'type.googleapis.com/envoy.config.listener.v3.Listener', fullState: true },
  { name: 'routes', short: 'rds', typeUrl: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration', fullState: false },
  { name: 'secrets', short: 'sds', typeUrl: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret', fullState: false },
  { name: 'runtimes', short: 'rtds', typeUrl: 'type.googleapis.com/envoy.service.runtime.v3.Runtime', fullState: false },
] as const

export type ResourceTypeName = (typeof resourceTypes)[number]['name']

/**
 * One Envoy resource, finished: made once, shared by every proxy that gets the same one, never changed.
 */
export interface SealedResource<Message = unknown> {
  readonly name: string
  readonly type: ResourceTypeName
  /** Hash of `bytes`: equal content, equal version. */
  readonly version: string
  /** The message, deterministically encoded (no `Any` around it). */
  readonly bytes: Uint8Array
  /** The typed message that `bytes` encode. Read only. */
  readonly message: Message
}

export type Snapshot = { readonly [T in ResourceTypeName]: ReadonlyMap<string, SealedResource> }

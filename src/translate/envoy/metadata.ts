import type { Metadata } from '../../gen/envoy/config/core/v3/base.js'

type Tags = Readonly<Record<string, string>>

/** A Struct of strings, keys in sorted order: generated encoders write maps in insertion order. */
export function stringStruct(tags: Tags): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

export function withoutTag(tags: Tags, ...names: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !names.includes(name)))
}

/** Where Kuma keeps a listener's tags, for its own patches and for people who read the config dump. */
export function tagsMetadata(tags: Tags): Metadata | undefined {
  if (Object.keys(tags).length === 0) return undefined
  return { filterMetadata: { 'io.kuma.tags': stringStruct(tags) } }
}

/** Which endpoints of a cluster are meant: those that have all the tags. */
export function lbMetadata(tags: Tags): Metadata | undefined {
  const fields = stringStruct(withoutTag(tags, 'kuma.io/service'))
  return Object.keys(fields).length > 0 ? { filterMetadata: { 'envoy.lb': fields } } : undefined
}

/**
 * An endpoint's metadata: tags for subset load balancing and transport socket matching (without the service, which is
 * the cluster's name already), labels beside them.
 */
export function endpointMetadata(tags: Tags, labels: Tags = {}): Metadata | undefined {
  const fields = stringStruct(withoutTag(tags, 'kuma.io/service'))
  const filterMetadata: Record<string, Record<string, string>> = {}
  if (Object.keys(fields).length > 0) {
    filterMetadata['envoy.lb'] = fields
    filterMetadata['envoy.transport_socket_match'] = fields
  }
  if (Object.keys(labels).length > 0) filterMetadata['io.kuma.labels'] = stringStruct(labels)
  return Object.keys(filterMetadata).length > 0 ? { filterMetadata } : undefined
}

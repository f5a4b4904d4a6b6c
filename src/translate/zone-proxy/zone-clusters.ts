import {
  Cluster_LbSubsetConfig_LbSubsetFallbackPolicy as Fallback,
  Cluster_LbSubsetConfig_LbSubsetSelector_LbSubsetSelectorFallbackPolicy as SelectorFallback,
} from '../../gen/envoy/config/cluster/v3/cluster.js'
import type { Cluster } from '../../gen/envoy/config/cluster/v3/cluster.js'
import type { FilterChainDraft, Origin, ProxyDraft } from '../draft.js'
import { loadAssignment } from '../endpoints.js'
import { edsCluster } from '../envoy/cluster.js'
import { chainDraft, tcpProxyContent } from '../envoy/listener.js'
import { lbMetadata } from '../envoy/metadata.js'
import { wildcard } from '../gateway/listener.js'
import { type Tags, tag, withoutTags } from '../tags.js'
import type { RoutedTags } from './routed-tags.js'
import type { ZoneService } from './zone-services.js'

/**
 * Clusters and endpoints of what a zone proxy passes on without looking into it.
 * @param routed what routes select by, for zone proxies of their own: they know subsets, but don't count remaining capacity
 */
export function addZoneClusters(services: readonly ZoneService[], origin: Origin, draft: ProxyDraft, routed?: RoutedTags): void {
  for (const { clusterName, endpoints, subsets } of services) {
    const message: Cluster = edsCluster(clusterName)
    if (routed) message.circuitBreakers = undefined
    message.lbSubsetConfig = subsetConfig([...subsets.map(({ tags }) => tags), ...(routed?.get(wildcard) ?? [])])
    draft.clusters.set(clusterName, { name: clusterName, origin, message, protocol: 'tcp' })
    draft.endpoints.set(clusterName, loadAssignment(clusterName, endpoints))
  }
}

/** Subsets by each set of tag names that clients may select by. A subset without endpoints stays empty. */
function subsetConfig(tagSets: readonly Tags[]): Cluster['lbSubsetConfig'] {
  const keySets = new Map(tagSets.map((tags) => Object.keys(withoutTags(tags, tag.service)).sort()).map((keys) => [keys.join(), keys]))
  keySets.delete('')
  if (keySets.size === 0) return undefined
  const subsetSelectors = [...keySets.values()].sort(compareKeys).map((keys) => ({ keys, fallbackPolicy: SelectorFallback.NO_FALLBACK }))
  return { fallbackPolicy: Fallback.ANY_ENDPOINT, subsetSelectors }
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [i, key] of a.entries()) {
    const other = b[i]
    if (other === undefined) return 1
    if (key !== other) return key < other ? -1 : 1
  }
  return a.length - b.length
}

/** A chain for each server name. What is inside stays encrypted: it is for the service behind. */
export function zoneChains(services: readonly ZoneService[]): FilterChainDraft[] {
  return services.flatMap(({ clusterName, subsets }) =>
    subsets.map(({ sni, tags }) => {
      const content = tcpProxyContent(clusterName, [{ name: clusterName, weight: 1 }])
      if (content.tcpProxy) content.tcpProxy.metadataMatch = lbMetadata(tags)
      return chainDraft(content, { match: { transportProtocol: 'tls', serverNames: [sni] } })
    }),
  )
}

import type { Resource } from '../../core/resource.js'
import type { ZoneEgressSpec } from '../../core/kinds/zone-egress.js'
import type { ZoneIngressSpec } from '../../core/kinds/zone-ingress.js'
import { buildAdmin } from '../admin.js'
import { type ProxyDraft, newProxyDraft } from '../draft.js'
import type { MeshContext } from '../mesh-context.js'
import { readNodeMetadata } from '../node-metadata.js'
import { createSealedPool, seal } from '../seal.js'
import type { SecretTracker } from '../secrets.js'
import { addMeshIdentity } from '../identity.js'
import type { ProxyOptions, Translation } from '../translate.js'
import type { ZoneProxyContext, ZoneProxySpec } from './context.js'
import { buildZoneEgress } from './egress.js'
import { buildZoneIngress } from './ingress.js'

type Build = (context: ZoneProxyContext, draft: ProxyDraft) => ReadonlyMap<string, SecretTracker>

/** How each kind of zone proxy is built, by type. */
const builders: Readonly<Record<string, Build>> = {
  ZoneIngress(context, draft) {
    buildZoneIngress(context as ZoneProxyContext<ZoneIngressSpec>, draft)
    return new Map()
  },
  ZoneEgress: (context, draft) => buildZoneEgress(context as ZoneProxyContext<ZoneEgressSpec>, draft),
}

/** Types of resources that are zone proxies. */
export const zoneProxyTypes: readonly string[] = Object.keys(builders)

/** Translates a ZoneIngress or ZoneEgress. Never throws for what users wrote: see `issues`. */
export function translateZoneProxy(
  meshes: readonly MeshContext[],
  zone: string,
  resource: Resource<ZoneProxySpec>,
  options: ProxyOptions = {},
): Translation {
  const draft = newProxyDraft()
  const metadata = readNodeMetadata(options.metadata)
  const context: ZoneProxyContext = {
    resource,
    zone,
    meshes,
    metadata,
    unifiedNaming: metadata.features.has('feature-unified-resource-naming'),
    internalAddresses: options.internalAddresses,
    report: (issue) => draft.issues.push(issue),
  }
  buildAdmin({ ...context, dataplane: resource }, draft, options.adminTls)
  // What counts the remaining capacity of clusters is no part of a zone proxy's own ones.
  for (const { message } of draft.clusters.values()) message.circuitBreakers = undefined
  const trackers = builders[resource.type]?.(context, draft) ?? new Map<string, SecretTracker>()
  for (const [mesh, tracker] of trackers) addMeshIdentity(tracker, options.identities?.get(mesh) ?? options.identity, resource, draft)
  return { snapshot: seal(draft, options.pool ?? createSealedPool()), issues: draft.issues }
}

import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Issue } from '../core/issue.js'
import type { Resource } from '../core/resource.js'
import { type AdminTls, buildAdmin } from './admin.js'
import { buildCollectorPipes } from './collector-pipes.js'
import { connect } from './connections.js'
import { buildDestinationClusters } from './destination-clusters.js'
import { lookUpEndpoints } from './destination-endpoints.js'
import { buildDirectAccess } from './direct-access.js'
import { buildDns } from './dns.js'
import { type ProxyDraft, newProxyDraft } from './draft.js'
import { buildGateway } from './gateway/gateway.js'
import { addIdentity } from './identity.js'
import { buildInbounds } from './inbound.js'
import { type Matching, matchPolicies } from './matching.js'
import type { MeshContext } from './mesh-context.js'
import { type NodeMetadata, readNodeMetadata } from './node-metadata.js'
import { buildOutbounds } from './outbound.js'
import { outboundsOf } from './outbounds-of.js'
import { policies } from './policies/index.js'
import { buildProbes } from './probes.js'
import { buildPrometheus } from './prometheus.js'
import { type ProxyContext, identifyingService, inboundsOf, tagSetsOf, transparentProxyOf } from './proxy.js'
import type { RawCodec } from './raw-codec.js'
import { type SealedPool, createSealedPool, seal } from './seal.js'
import { type IdentityMaterial, createSecretTracker } from './secrets.js'
import type { Snapshot } from './snapshot.js'
import { buildTransparentProxy } from './transparent-proxy.js'
import { buildZoneListeners } from './zone-proxy/dataplane-listeners.js'
import { workloadIdentityOf } from './workload-identity.js'

/** One proxy's configuration, and what could not be built. */
export interface Translation {
  readonly snapshot: Snapshot
  readonly issues: readonly Issue[]
}

export interface ProxyOptions {
  /** The metadata of the proxy's Envoy node, as its bootstrap says it. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Certificate, key and trusted CAs; needed where the mesh has mTLS. */
  readonly identity?: IdentityMaterial
  /** Certificate and key with the SPIFFE ID that a MeshIdentity gives the proxy; needed where one selects it. */
  readonly workloadIdentity?: Pick<IdentityMaterial, 'certificateChain' | 'privateKey'>
  /** Of a zone egress, which has a certificate in each mesh: by mesh. In others, `identity` is taken. */
  readonly identities?: ReadonlyMap<string, IdentityMaterial>
  /** What the admin listener shows; without it, only readiness is open. */
  readonly adminTls?: AdminTls
  readonly internalAddresses?: readonly string[]
  /** Reads what policies hold as raw Envoy configuration. Without it, they are reported and left out. */
  readonly rawCodec?: RawCodec
  readonly pool?: SealedPool
}

/** Translates one proxy of a mesh that is indexed already. Never throws for what users wrote: see `issues`. */
export function translateProxy(mesh: MeshContext, dataplane: Resource<DataplaneSpec>, options: ProxyOptions = {}): Translation {
  const { draft, proxy, matching } = draftProxy(mesh, dataplane, options)
  lookUpEndpoints(draft, proxy.mesh.endpoints)
  addIdentity(proxy, draft, options)
  matching.each((slots, matched) => slots.patch?.(matched, draft, proxy))
  buildCollectorPipes(proxy, draft)
  return { snapshot: seal(draft, options.pool ?? createSealedPool()), issues: draft.issues }
}

/** A proxy's resources without its certificates, and what is needed to go on from there. */
export function draftProxy(
  mesh: MeshContext,
  dataplane: Resource<DataplaneSpec>,
  options: ProxyOptions,
): { readonly draft: ProxyDraft; readonly proxy: ProxyContext; readonly matching: Matching } {
  const draft = newProxyDraft()
  const proxy = proxyContext(mesh, dataplane, readNodeMetadata(options.metadata), options, draft)
  const matching = matchPolicies(proxy)
  buildAdmin(proxy, draft, options.adminTls)
  buildPrometheus(proxy, draft)
  buildTransparentProxy(proxy, draft)
  buildInbounds(proxy, draft, matching)
  buildOutbounds(proxy, draft, matching)
  buildDestinationClusters(proxy, draft)
  connect(draft)
  buildDirectAccess(proxy, draft)
  buildProbes(proxy, draft)
  buildGateway(proxy, draft, matching)
  buildDns(proxy, draft)
  buildZoneListeners(proxy, draft)
  applyPolicies(matching, draft, proxy)
  return { draft, proxy, matching }
}

/** One proxy, and all that shapes its configuration. What is amiss goes to the draft's issues. */
export function proxyContext(
  mesh: MeshContext,
  dataplane: Resource<DataplaneSpec>,
  metadata: NodeMetadata,
  { internalAddresses, rawCodec }: ProxyOptions,
  draft: ProxyDraft,
): ProxyContext {
  const unifiedNaming = metadata.features.has('feature-unified-resource-naming') && mesh.mesh.spec.meshServices?.mode === 'Exclusive'
  const transparentProxy = transparentProxyOf(dataplane.spec, metadata)
  const inbounds = inboundsOf(dataplane.spec)
  return {
    mesh,
    dataplane,
    metadata,
    inbounds,
    transparentProxy,
    outbounds: outboundsOf(dataplane, mesh, {
      inbounds,
      virtual: transparentProxy !== undefined || metadata.features.has('feature-bind-outbounds'),
    }),
    unifiedNaming,
    service: identifyingService(dataplane.spec),
    tagSets: tagSetsOf(dataplane.spec),
    tagsHeaderUsed: policies.some((policy) => policy.readsTagsHeader && mesh.hasAny(policy.kind.type)),
    secrets: createSecretTracker(mesh.name, unifiedNaming, mesh.trustDomains.size > 0),
    workloadIdentity: workloadIdentityOf(dataplane, mesh, metadata, (issue) => draft.issues.push(issue)),
    internalAddresses,
    rawCodec,
    report: (issue) => draft.issues.push(issue),
  }
}

function applyPolicies(matching: Matching, draft: ProxyDraft, proxy: ProxyContext): void {
  matching.each((slots, matched) => {
    if (slots.inbound) for (const inbound of draft.inbounds) slots.inbound(matched, inbound, proxy)
    if (slots.outbound) for (const outbound of draft.outbounds) slots.outbound(matched, outbound, proxy)
    if (slots.zoneListener) for (const listener of draft.zoneListeners) slots.zoneListener(matched, listener, proxy)
    if (slots.cluster) for (const cluster of draft.clusters.values()) if (cluster.destination) slots.cluster(matched, cluster, proxy)
    if (slots.gateway) for (const gateway of draft.gateways) slots.gateway(matched, gateway, proxy)
    slots.proxy?.(matched, draft, proxy)
  })
}

import type { ZoneEgressSpec } from '../../core/kinds/zone-egress.js'
import type { ZoneIngressSpec } from '../../core/kinds/zone-ingress.js'
import type { ClusterDraft, FilterChainDraft, ListenerDraft, ProxyDraft } from '../draft.js'
import { speakHttp } from '../envoy/cluster.js'
import { ingressEndpoints } from '../ingress-endpoints.js'
import { type MeshContext, zoneEgressEnabled } from '../mesh-context.js'
import { policies } from '../policies/index.js'
import { isHttp, isHttp2 } from '../protocol.js'
import { type SecretTracker, createSecretTracker } from '../secrets.js'
import { tag } from '../tags.js'
import { type ZoneProxyContext, isRemote } from './context.js'
import { egressChain } from './egress-chain.js'
import type { EgressDraft } from './egress-draft.js'
import { type EgressService, egressServices } from './egress-services.js'
import { addListener } from './listener.js'
import { routedTags } from './routed-tags.js'
import { addZoneClusters, zoneChains } from './zone-clusters.js'
import { zoneServices } from './zone-services.js'

/**
 * The proxy by which a zone reaches other zones and what is outside of its meshes. Meshes without mTLS have no way through it:
 * it tells services apart by the server name of mesh TLS.
 * @returns the secrets that each mesh needs
 */
export function buildZoneEgress(context: ZoneProxyContext<ZoneEgressSpec>, draft: ProxyDraft): ReadonlyMap<string, SecretTracker> {
  const trackers = new Map<string, SecretTracker>()
  const chains: FilterChainDraft[] = []
  const outside: { readonly mesh: MeshContext; readonly drafts: Omit<EgressDraft, 'listener'>[] }[] = []
  for (const mesh of context.meshes.filter(({ mtls }) => mtls)) {
    const secrets = createSecretTracker(mesh.name, context.unifiedNaming)
    trackers.set(mesh.name, secrets)
    chains.push(...buildInside(mesh, context, draft))
    const drafts = egressServices(mesh, routedTags(mesh, []), context).flatMap((service) =>
      buildOutside(service, mesh, secrets, context, draft),
    )
    chains.push(...drafts.map(({ chain }) => chain))
    outside.push({ mesh, drafts })
  }
  // Envoy takes no listener without a chain.
  if (chains.length === 0) return trackers
  const listener = addListener(context, 'egress', 'ze', chains, draft)
  for (const { mesh, drafts } of outside) applyPolicies(drafts, listener, mesh)
  return trackers
}

/** Services of other zones: connections to them are passed on to the ingresses there. */
function buildInside(mesh: MeshContext, { zone, unifiedNaming }: ZoneProxyContext, draft: ProxyDraft): FilterChainDraft[] {
  if (!zoneEgressEnabled(mesh.mesh)) return []
  const ingresses = mesh.resourcesOf<ZoneIngressSpec>('ZoneIngress').filter((ingress) => isRemote(ingress, zone))
  const localityAware = mesh.mesh.spec.routing?.localityAwareLoadBalancing === true
  const remote = ingressEndpoints(ingresses, { mesh: mesh.name, localZone: zone, localityAware }).endpoints
  const endpoints = new Map(
    [...remote].map(([service, list]) => [service, list.map((e) => ({ ...e, tags: { ...e.tags, mesh: mesh.name } }))]),
  )
  const available = ingresses
    .flatMap(({ spec }) => spec.availableServices ?? [])
    .filter(({ mesh: offeredIn, tags }) => offeredIn === mesh.name && endpoints.has(tags?.[tag.service] ?? ''))
  const routed = routedTags(mesh, available)
  const services = zoneServices(mesh, { available, routed, endpoints, realServices: [], unifiedNaming })
  addZoneClusters(services, 'egress', draft, routed)
  for (const { service, clusterName } of services) {
    const assignment = draft.endpoints.get(clusterName)
    if (assignment) for (const policy of policies) policy.egressEndpoints?.(service, assignment, mesh)
  }
  return zoneChains(services)
}

function buildOutside(
  service: EgressService,
  mesh: MeshContext,
  secrets: SecretTracker,
  context: ZoneProxyContext,
  draft: ProxyDraft,
): Omit<EgressDraft, 'listener'>[] {
  const { protocol, cluster: message } = service
  const name = message.name ?? ''
  const cluster: ClusterDraft = { name, origin: 'egress', message, protocol }
  if (isHttp(protocol)) speakHttp(cluster, isHttp2(protocol) ? 2 : 1)
  if (service.subsets.length > 0) draft.clusters.set(name, cluster)
  return service.subsets.map((subset) => {
    const chain = egressChain(service, subset, mesh, secrets, context)
    return { service: service.service, externalTags: service.externalTags, resource: service.resource, chain, cluster }
  })
}

function applyPolicies(drafts: readonly Omit<EgressDraft, 'listener'>[], listener: ListenerDraft, mesh: MeshContext): void {
  for (const policy of policies) for (const draft of drafts) policy.egress?.({ ...draft, listener }, mesh)
}

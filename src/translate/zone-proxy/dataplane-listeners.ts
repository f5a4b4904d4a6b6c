import type { FilterChainDraft, ProxyDraft, ZoneListenerDraft } from '../draft.js'
import { listenerDraft, tlsInspector } from '../envoy/listener.js'
import { names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { egressContent } from './dataplane-egress.js'
import { ingressContent } from './dataplane-ingress.js'

/** The chains of such a listener; those whose cluster policies may settle have it beside them. */
export type ZoneListenerContent = Pick<ZoneListenerDraft, 'targets'> & { readonly chains: FilterChainDraft[] }

type Content = (proxy: ProxyContext, draft: ProxyDraft) => ZoneListenerContent

const kinds: Readonly<
  Record<ZoneListenerDraft['type'], { origin: 'ingress' | 'egress'; content: Content; name(section: string): string }>
> = {
  ZoneIngress: { origin: 'ingress', content: ingressContent, name: names.selfZoneIngress },
  ZoneEgress: { origin: 'egress', content: egressContent, name: names.selfZoneEgress },
}

/**
 * Builds the zone proxies that are part of a Dataplane: they serve its mesh alone, know services by their identifiers in both
 * naming schemes, and need a mesh whose services are all real ones. Source: Dataplane.networking.listeners.
 */
export function buildZoneListeners(proxy: ProxyContext, draft: ProxyDraft): void {
  if (proxy.mesh.mesh.spec.meshServices?.mode !== 'Exclusive') return
  for (const { type = 'Unspecified', name, address = '', port = 0 } of proxy.dataplane.spec.networking?.listeners ?? []) {
    if (type === 'Unspecified') continue
    const { origin, content, name: nameOf } = kinds[type]
    const { chains, targets } = content(proxy, draft)
    // Envoy takes no listener without a chain.
    if (chains.length === 0) continue
    const section = name || String(port)
    const listener = listenerDraft({
      name: nameOf(section),
      origin,
      direction: 'inbound',
      address,
      port,
      reusePort: proxy.metadata.features.has('feature-reuse-port'),
      statPrefix: nameOf(section),
      listenerFilters: [tlsInspector()],
      chains,
    })
    draft.listeners.set(listener.name, listener)
    draft.zoneListeners.push({ type, section, address, port, listener, targets })
  }
}

import type { FilterChainDraft, ListenerDraft, Origin, ProxyDraft } from '../draft.js'
import { listenerDraft, tlsInspector } from '../envoy/listener.js'
import { names } from '../names.js'
import type { ZoneProxyContext } from './context.js'

/** The one listener of a zone proxy. */
export function addListener(
  { resource, unifiedNaming, metadata }: ZoneProxyContext,
  origin: Origin,
  kind: 'zi' | 'ze',
  chains: FilterChainDraft[],
  draft: ProxyDraft,
): ListenerDraft {
  const { address = '', port = 0 } = resource.spec.networking ?? {}
  const unified = unifiedNaming ? names.zoneProxyListener(kind, port) : undefined
  const listener = listenerDraft({
    name: unified ?? names.inboundListener(address, port),
    origin,
    direction: 'inbound',
    address,
    port,
    reusePort: metadata.features.has('feature-reuse-port'),
    statPrefix: unified,
    listenerFilters: [tlsInspector()],
    chains,
  })
  draft.listeners.set(listener.name, listener)
  return listener
}

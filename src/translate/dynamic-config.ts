import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Route } from '../gen/envoy/config/route/v3/route_components.js'
import type { ListenerDraft, ProxyDraft } from './draft.js'
import { hcmContent } from './envoy/hcm.js'
import { chainDraft, pipeListenerDraft } from './envoy/listener.js'
import { localhostAddresses } from './envoy/static-endpoints.js'
import { exactly } from './envoy/tls.js'
import { statName } from './names.js'
import type { ProxyContext } from './proxy.js'
import { socketPath } from './sockets.js'

/**
 * Settings for kuma-dp itself, which it reads from Envoy over a Unix socket: a path each, answered by Envoy from its
 * configuration, with an ETag so that an unchanged one costs nothing.
 */
export function addDynamicConfig(
  proxy: ProxyContext,
  draft: ProxyDraft,
  { name, path, body }: { name: string; path: string; body: string },
): void {
  const listenerName = proxy.unifiedNaming ? 'system_dynamicconfig' : '_kuma:dynamicconfig'
  const known = draft.listeners.get(listenerName)
  const listener = known ?? newListener(listenerName, proxy)
  if (!known) draft.listeners.set(listenerName, listener)
  const route = listener.chains[0]?.route
  const routes = route?.virtualHosts?.[0]?.routes
  if (!route || !routes) return
  const bytes = utf8ToBytes(body)
  routes.push(...routesOf(proxy, listenerName, name, path, body, bytesToHex(sha256(bytes))))
  route.maxDirectResponseBodySizeBytes = Math.max(route.maxDirectResponseBodySizeBytes ?? 0, bytes.length)
}

function newListener(name: string, proxy: ProxyContext): ListenerDraft {
  const content = hcmContent({
    statsName: name,
    ipv6: proxy.metadata.ipv6Enabled,
    internalAddresses: localhostAddresses,
    route: { virtualHosts: [{ name, domains: ['*'], routes: [] }] },
  })
  const path = socketPath.dynamicConfig(proxy.metadata.workDir ?? '')
  const statPrefix = proxy.unifiedNaming ? statName(name) : undefined
  return pipeListenerDraft({ name, origin: 'dynamic-config', path, chains: [chainDraft(content)], statPrefix })
}

function routesOf(proxy: ProxyContext, listenerName: string, name: string, path: string, body: string, etag: string): Route[] {
  const unified = proxy.unifiedNaming
  const unchanged: Route = {
    name: unified ? `${listenerName}_${name}_not_modified` : undefined,
    match: {
      pathSpecifier: { $case: 'path', path },
      headers: [{ name: 'If-None-Match', headerMatchSpecifier: { $case: 'stringMatch', stringMatch: exactly(etag) } }],
    },
    action: { $case: 'directResponse', directResponse: { status: 304 } },
  }
  const content: Route = {
    name: unified ? `${listenerName}_${name}` : `${listenerName}:${name}`,
    match: { pathSpecifier: { $case: 'path', path } },
    responseHeadersToAdd: [{ header: { key: 'Etag', value: etag } }],
    action: {
      $case: 'directResponse',
      directResponse: { status: 200, body: { specifier: { $case: 'inlineString', inlineString: body } } },
    },
  }
  return [unchanged, content]
}

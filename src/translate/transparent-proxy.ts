import { enabledPassthrough } from './mesh-context.js'
import type { ClusterDraft, ProxyDraft } from './draft.js'
import { bindToPassthroughSource, emptyCluster, originalDstCluster } from './envoy/cluster.js'
import { chainDraft, listenerDraft, tcpProxyContent } from './envoy/listener.js'
import { names } from './names.js'
import { type ProxyContext, serviceLessPort } from './proxy.js'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'

/**
 * The catch-all listeners that iptables redirects to. They hand connections to the listener of the original destination;
 * what has none passes through, outbound only where the mesh allows it.
 */
export function buildTransparentProxy(proxy: ProxyContext, draft: ProxyDraft): void {
  const { transparentProxy } = proxy
  if (!transparentProxy?.outboundEnabled || proxy.metadata.features.has('feature-bind-outbounds')) return
  add(draft, emptyCluster(names.noDestinationInbound))
  buildFamily(4, '0.0.0.0', proxy, draft)
  if (transparentProxy.ipv6) buildFamily(6, '::', proxy, draft)
}

function add(draft: ProxyDraft, message: Cluster): void {
  const cluster: ClusterDraft = { name: message.name ?? '', origin: 'transparent', message, protocol: 'tcp' }
  draft.clusters.set(cluster.name, cluster)
}

function buildFamily(version: 4 | 6, anyAddress: string, proxy: ProxyContext, draft: ProxyDraft): void {
  const { inboundPort = 0, outboundPort = 0 } = proxy.transparentProxy ?? {}
  const unified = proxy.unifiedNaming
  const outbound = unified ? names.unifiedPassthrough('outbound', version) : names.outboundPassthrough(version)
  const inbound = unified ? names.unifiedPassthrough('inbound', version) : names.inboundPassthrough(version)

  if (enabledPassthrough(proxy.mesh.mesh)) add(draft, originalDstCluster(outbound))
  const toApplication = originalDstCluster(inbound)
  bindToPassthroughSource(toApplication, anyAddress)
  add(draft, toApplication)

  const common = { origin: 'transparent', address: anyAddress, useOriginalDst: true } as const
  const outboundChain = chainDraft(tcpProxyContent(outbound, [{ name: outbound, weight: 1 }]))
  const listeners = [
    listenerDraft({
      ...common,
      name: outbound,
      direction: 'outbound',
      port: outboundPort,
      statPrefix: unified ? outbound : undefined,
      chains: [outboundChain],
    }),
    listenerDraft({
      ...common,
      name: inbound,
      direction: 'inbound',
      port: inboundPort,
      statPrefix: unified ? inbound : undefined,
      reusePort: proxy.metadata.features.has('feature-reuse-port'),
      chains: inboundChains(inbound, proxy),
    }),
  ]
  for (const listener of listeners) draft.listeners.set(listener.name, listener)
}

/**
 * With strict inbound ports (and STRICT mTLS), only declared ports pass: a connection to any other has no chain to take.
 */
function inboundChains(name: string, proxy: ProxyContext) {
  const strict = proxy.metadata.features.has('feature-strict-inbound-ports') && proxy.mesh.mtls?.mode === 'STRICT'
  const ports = new Set(proxy.inbounds.map((inbound) => inbound.port))
  if (!strict || ports.size === 0) return [chainDraft(tcpProxyContent(name, [{ name, weight: 1 }]))]
  return [...ports].map((port) => {
    const cluster = port === serviceLessPort ? names.noDestinationInbound : name
    return chainDraft(tcpProxyContent(name, [{ name: cluster, weight: 1 }]), { match: { destinationPort: port } })
  })
}

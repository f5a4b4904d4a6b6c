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
  if (transparentProxy?.outboundEnabled && !proxy.metadata.features.has('feature-bind-outbounds')) {
    add(draft, emptyCluster(names.noDestinationInbound))
    buildFamily(4, proxy, draft)
    if (transparentProxy.ipv6) buildFamily(6, proxy, draft)
  }
  // A workload's own identity is strict, and Kuma says so whether connections are redirected to the proxy or not.
  if (proxy.workloadIdentity && proxy.inbounds.some(({ port }) => port !== serviceLessPort)) {
    addInboundPassthrough(4, true, proxy, draft)
    addInboundPassthrough(6, true, proxy, draft)
  }
}

function add(draft: ProxyDraft, message: Cluster): void {
  const cluster: ClusterDraft = { name: message.name ?? '', origin: 'transparent', message, protocol: 'tcp' }
  draft.clusters.set(cluster.name, cluster)
}

const anyAddresses = { 4: '0.0.0.0', 6: '::' } as const

function buildFamily(version: 4 | 6, proxy: ProxyContext, draft: ProxyDraft): void {
  const { outboundPort = 0 } = proxy.transparentProxy ?? {}
  const anyAddress = anyAddresses[version]
  const unified = proxy.unifiedNaming
  const outbound = unified ? names.unifiedPassthrough('outbound', version) : names.outboundPassthrough(version)
  const inbound = unified ? names.unifiedPassthrough('inbound', version) : names.inboundPassthrough(version)

  if (enabledPassthrough(proxy.mesh.mesh)) add(draft, originalDstCluster(outbound))
  const toApplication = originalDstCluster(inbound)
  bindToPassthroughSource(toApplication, anyAddress)
  add(draft, toApplication)

  const outboundChain = chainDraft(tcpProxyContent(outbound, [{ name: outbound, weight: 1 }]))
  const listener = listenerDraft({
    origin: 'transparent',
    name: outbound,
    direction: 'outbound',
    address: anyAddress,
    port: outboundPort,
    useOriginalDst: true,
    statPrefix: unified ? outbound : undefined,
    chains: [outboundChain],
  })
  draft.listeners.set(listener.name, listener)
  // Only declared ports pass where the proxy says so and mTLS is STRICT.
  const strict = proxy.metadata.features.has('feature-strict-inbound-ports') && proxy.mesh.mtls?.mode === 'STRICT'
  addInboundPassthrough(version, strict, proxy, draft)
}

/**
 * The listener of connections to ports that have none of their own.
 * @param strict only declared ports pass: a connection to any other has no chain to take
 */
export function addInboundPassthrough(version: 4 | 6, strict: boolean, proxy: ProxyContext, draft: ProxyDraft): void {
  const unified = proxy.unifiedNaming
  const name = unified ? names.unifiedPassthrough('inbound', version) : names.inboundPassthrough(version)
  const listener = listenerDraft({
    origin: 'transparent',
    name,
    direction: 'inbound',
    address: anyAddresses[version],
    port: proxy.transparentProxy?.inboundPort ?? 0,
    useOriginalDst: true,
    statPrefix: unified ? name : undefined,
    reusePort: proxy.metadata.features.has('feature-reuse-port'),
    chains: inboundChains(name, strict, proxy),
  })
  draft.listeners.set(name, listener)
}

function inboundChains(name: string, strict: boolean, proxy: ProxyContext) {
  const ports = new Set(proxy.inbounds.map((inbound) => inbound.port))
  if (!strict || ports.size === 0) return [chainDraft(tcpProxyContent(name, [{ name, weight: 1 }]))]
  return [...ports].map((port) => {
    const cluster = port === serviceLessPort ? names.noDestinationInbound : name
    return chainDraft(tcpProxyContent(name, [{ name: cluster, weight: 1 }]), { match: { destinationPort: port } })
  })
}

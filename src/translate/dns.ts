import { SocketAddress_Protocol } from '../gen/envoy/config/core/v3/address.js'
import { DnsFilterConfig } from '../gen/envoy/extensions/filters/udp/dns_filter/v3/dns_filter.js'
import type { ProxyDraft } from './draft.js'
import { addDynamicConfig } from './dynamic-config.js'
import { seconds } from './envoy/duration.js'
import { listenerDraft, listenerFilter } from './envoy/listener.js'
import type { ProxyContext } from './proxy.js'

const ttlSeconds = 30
const listenerName = 'kuma:dns'

/** Host names of everything that the proxy can dial at a virtual address, for kuma-dp's DNS server or Envoy's filter. */
export function buildDns(proxy: ProxyContext, draft: ProxyDraft): void {
  const { transparentProxy, metadata, mesh, dataplane } = proxy
  if (!transparentProxy?.dnsEnabled || metadata.features.has('feature-bind-outbounds')) return
  const dialled = new Set(proxy.outbounds.map((outbound) => outbound.address))
  const records = new Map<string, string[]>()
  for (const { address, hostnames } of mesh.vipDomains) {
    if (!dialled.has(address)) continue
    const addresses = transparentProxy.ipv6 ? [address, asIPv6(address)] : [address]
    for (const hostname of hostnames) records.set(hostname, addresses)
  }
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1))
  if (!metadata.features.has('feature-embedded-dns')) {
    addDnsListener(proxy, draft, sorted)
    return
  }
  const body = JSON.stringify({
    records: sorted.map(([name, ips]) => ({ name, ips })),
    ttl: ttlSeconds,
    extraLabels: extraLabels(mesh.name, dataplane.labels),
  })
  addDynamicConfig(proxy, draft, { name: proxy.unifiedNaming ? 'dns' : '/dns', path: '/dns', body })
}

/** A virtual address as an IPv4-mapped IPv6 address. */
function asIPv6(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

function extraLabels(mesh: string, labels: Readonly<Record<string, string>>): Record<string, string> {
  const zone = labels['kuma.io/zone']
  const namespace = labels['k8s.kuma.io/namespace']
  const workload = labels['kuma.io/workload']
  return {
    ...(namespace ? { k8s_kuma_io_namespace: namespace } : {}),
    ...(zone ? { kuma_io_zone: zone } : {}),
    ...(workload ? { kuma_workload: workload } : {}),
    mesh,
  }
}

function addDnsListener(proxy: ProxyContext, draft: ProxyDraft, records: readonly (readonly [string, string[]])[]): void {
  const config: DnsFilterConfig = {
    statPrefix: 'kuma_dns',
    serverConfig: {
      configSource: {
        $case: 'inlineDnsTable',
        inlineDnsTable: {
          virtualDomains: records.map(([name, address]) => ({
            name,
            endpoint: { endpointConfig: { $case: 'addressList', addressList: { address } } },
            answerTtl: seconds(ttlSeconds),
          })),
        },
      },
    },
  }
  const name = proxy.unifiedNaming ? 'system_dns' : listenerName
  const listener = listenerDraft({
    name,
    origin: 'dns',
    direction: 'inbound',
    address: '127.0.0.1',
    port: proxy.transparentProxy?.dnsPort ?? 0,
    // Over UDP each worker has its own socket, whatever the proxy says of TCP.
    reusePort: true,
    chains: [],
    listenerFilters: [listenerFilter('envoy.filters.udp.dns_filter', DnsFilterConfig, config)],
  })
  const { address } = listener.message
  if (address?.address?.$case === 'socketAddress') address.address.socketAddress.protocol = SocketAddress_Protocol.UDP
  draft.listeners.set(name, listener)
}

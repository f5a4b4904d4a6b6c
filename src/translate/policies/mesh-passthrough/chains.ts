import type { FilterChainMatch } from '../../../gen/envoy/config/listener/v3/listener_components.js'
import type { Route, VirtualHost } from '../../../gen/envoy/config/route/v3/route_components.js'
import type { FilterChainDraft } from '../../draft.js'
import { hcmContent } from '../../envoy/hcm.js'
import { chainDraft, tcpProxyContent } from '../../envoy/listener.js'
import { names } from '../../names.js'
import { type Protocol, isHttp } from '../../protocol.js'
import type { ProxyContext } from '../../proxy.js'
import { cidrRange } from './cidr.js'
import type { Matcher } from './matchers.js'

/** A filter chain, and the clusters that it leads to with what they speak. */
export interface PassthroughChain {
  readonly chain: FilterChainDraft
  readonly clusters: ReadonlyMap<string, Protocol>
}

/** Whether a matcher is about addresses of a family; domains are about both. */
export function concerns({ form }: Matcher, version: 4 | 6): boolean {
  return form === 'domain' || form === 'wildcard' || (form === 'ip6' || form === 'cidr6' ? version === 6 : version === 4)
}

export function passthroughChain(matcher: Matcher, proxy: ProxyContext): PassthroughChain {
  return isHttp(matcher.protocol) ? httpChain(matcher, proxy) : connectionChain(matcher)
}

function connectionChain(matcher: Matcher): PassthroughChain {
  const { value, port } = matcher
  const tls = matcher.protocol === 'tls'
  const name = names.passthrough(tls ? 'tls' : 'tcp', port, value)
  const byServerName = tls && (matcher.form === 'domain' || matcher.form === 'wildcard')
  const chain = chainDraft(tcpProxyContent(name, [{ name, weight: 1 }]), {
    match: { ...destination(matcher), transportProtocol: tls ? 'tls' : 'raw_buffer', serverNames: byServerName ? [value] : undefined },
  })
  chain.message.name = name
  return { chain, clusters: new Map([[name, matcher.protocol]]) }
}

function httpChain(matcher: Matcher, { metadata, internalAddresses }: ProxyContext): PassthroughChain {
  const { protocol, port, form, value } = matcher
  const name = form === 'domain' ? names.passthrough(protocol, port) : names.passthrough(protocol, port, value)
  const hosts = form === 'domain' ? matcher.domains : [value]
  const cluster = (host: string) => names.passthrough(protocol, port, host)
  const virtualHosts: VirtualHost[] = hosts.map((host) => ({
    name: host,
    domains: form === 'domain' ? hostHeaders(host, port) : ['*'],
    routes: [{ match: everyPath, action: { $case: 'route', route: { clusterSpecifier: { $case: 'cluster', cluster: cluster(host) } } } }],
  }))
  if (form === 'domain') virtualHosts.push({ name: 'no_match', domains: ['*'], routes: [refusal()] })
  const content = hcmContent({ statsName: name, ipv6: metadata.ipv6Enabled, internalAddresses, route: { name, virtualHosts } })
  const chain = chainDraft(content, {
    match: { ...destination(matcher), transportProtocol: 'raw_buffer', applicationProtocols: ['http/1.1', 'h2c'] },
  })
  chain.message.name = name
  return { chain, clusters: new Map(hosts.map((host) => [cluster(host), protocol])) }
}

function destination({ port, form, value }: Matcher): FilterChainMatch {
  return { destinationPort: port, prefixRanges: ranges(form, value) }
}

function ranges(form: Matcher['form'], value: string): FilterChainMatch['prefixRanges'] {
  if (form === 'ip' || form === 'ip6') return [{ addressPrefix: value, prefixLen: form === 'ip' ? 32 : 128 }]
  const range = form === 'cidr' || form === 'cidr6' ? cidrRange(value) : undefined
  return range && [range]
}

const everyPath: Route['match'] = { pathSpecifier: { $case: 'prefix', prefix: '/' } }

/** The header `Host` may hold the port, too. */
function hostHeaders(host: string, port: number | undefined): string[] {
  if (port !== undefined) return [host, `${host}:${port}`]
  return host.startsWith('*') ? [host] : [host, `${host}:*`]
}

const refusalText =
  'This response comes from Kuma Sidecar. No routes matched this domain - check configuration of your MeshPassthrough policy.\n'

function refusal(): Route {
  const body = { specifier: { $case: 'inlineString' as const, inlineString: refusalText } }
  return { match: everyPath, action: { $case: 'directResponse', directResponse: { status: 503, body } } }
}

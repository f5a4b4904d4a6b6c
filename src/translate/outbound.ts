import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import type { Route } from '../gen/envoy/config/route/v3/route_components.js'
import { base64 } from './base64.js'
import { seconds } from './envoy/duration.js'
import type { OutboundDraft, ProxyDraft } from './draft.js'
import { hcmContent } from './envoy/hcm.js'
import { type ChainContent, chainDraft, listenerDraft, tcpProxyContent } from './envoy/listener.js'
import { destinationCluster, names } from './names.js'
import type { Matching } from './matching.js'
import type { HttpRouting } from './policies/policy.js'
import { type Protocol, isHttp } from './protocol.js'
import type { Destination, Outbound, ProxyContext, Split } from './proxy.js'
import { type Tags, header, tag, tagsHeader, withoutTags } from './tags.js'

/**
 * Builds the outbound listeners of a sidecar. Route policies of the targetRef family are asked first; what they say nothing
 * of is TrafficRoute's where the mesh has any, and otherwise goes to its own service.
 */
export function buildOutbounds(proxy: ProxyContext, draft: ProxyDraft, matching: Matching): void {
  for (const outbound of proxy.outbounds) {
    const routed = routedOutbound(outbound, proxy, matching)
    const other = matching.first((slots, matched) => slots.sourceDestinationOutbound?.(matched, outbound, proxy))
    const built = routed ?? other ?? defaultOutbound(outbound, proxy)
    if (routed && other) draft.replaced.push(other)
    draft.outbounds.push(built)
    draft.listeners.set(built.listener.name, built.listener)
  }
}

function routedOutbound(outbound: Outbound, proxy: ProxyContext, matching: Matching): OutboundDraft | undefined {
  const routing = matching.first((slots, matched) => slots.httpRoutes?.(matched, outbound, proxy))
  if (routing) return routing.routes.length > 0 ? httpOutbound(outbound, proxy, routing) : undefined
  const splits = matching.first((slots, matched) => slots.tcpSplits?.(matched, outbound, proxy))
  return splits && tcpOutbound(outbound, proxy, splits)
}

/** The outbound's own service, all of it. */
function defaultOutbound(outbound: Outbound, proxy: ProxyContext): OutboundDraft {
  const destination = ownDestination(outbound, proxy.unifiedNaming)
  return isHttp(outbound.protocol)
    ? httpOutbound(outbound, proxy, { routes: [catchAllRoute(destination)], destinations: [destination] })
    : tcpOutbound(outbound, proxy, [{ destination, weight: 1 }])
}

function httpOutbound(outbound: Outbound, proxy: ProxyContext, { routes, destinations }: HttpRouting): OutboundDraft {
  const content = hcmContent({
    statsName: virtualHostName(outbound, proxy),
    normalizePath: true,
    ipv6: proxy.metadata.ipv6Enabled,
    internalAddresses: proxy.internalAddresses,
    route: outboundRouteConfiguration(outbound, routes, proxy, proxy.tagsHeaderUsed),
    grpc: outbound.protocol === 'grpc',
  })
  return outboundDraft(outbound, outbound.protocol, content, destinations, proxy)
}

function tcpOutbound(outbound: Outbound, proxy: ProxyContext, splits: readonly Split[]): OutboundDraft {
  const content = tcpContent(virtualHostName(outbound, proxy), splits, outbound.protocol)
  const destinations = splits.map(({ destination }) => destination)
  if (!isHttp(outbound.protocol)) return outboundDraft(outbound, outbound.protocol, content, destinations, proxy)
  // Kuma builds the HTTP listener first; where TCP takes its place, the cluster it led to stays.
  return outboundDraft(outbound, 'tcp', content, [...destinations, ownDestination(outbound, proxy.unifiedNaming)], proxy)
}

export function tcpContent(statsName: string, splits: readonly Split[], protocol: Protocol): ChainContent {
  const clusters = splits.map(({ destination, weight }) => ({ name: destination.name, weight }))
  return tcpProxyContent(statsName, clusters, { kafka: protocol === 'kafka' })
}

export function outboundDraft(
  outbound: Outbound,
  protocol: Protocol,
  content: ChainContent,
  destinations: readonly Destination[],
  proxy: ProxyContext,
  mainServices?: readonly string[],
): OutboundDraft {
  const unified = proxy.unifiedNaming ? outbound.resource : undefined
  const listener = listenerDraft({
    name: unified ?? names.outboundListener(outbound.address, outbound.port),
    origin: 'outbound',
    direction: 'outbound',
    address: outbound.address,
    port: outbound.port,
    bindToPort: !proxy.transparentProxy || proxy.metadata.features.has('feature-bind-outbounds'),
    statPrefix: unified,
    tags: outbound.resource ? { [tag.unifiedName]: outbound.resource } : withoutTags(outbound.tags, tag.mesh),
    chains: [chainDraft(content)],
  })
  return { outbound, protocol, listener, destinations, mainServices }
}

function virtualHostName(outbound: Outbound, proxy: ProxyContext): string {
  return (proxy.unifiedNaming && outbound.resource) || outbound.service
}

export function outboundRouteConfiguration(
  outbound: Outbound,
  routes: Route[],
  proxy: ProxyContext,
  sendTags: boolean,
): RouteConfiguration {
  const tags = sendTags ? tagsHeader(proxy.tagSets) : ''
  return {
    name: outbound.resource ?? names.outboundRoute(outbound.service),
    validateClusters: false,
    requestHeadersToAdd: tags ? [{ header: { key: header.tags, value: tags } }] : undefined,
    virtualHosts: [{ name: virtualHostName(outbound, proxy), domains: ['*'], routes }],
  }
}

/** The outbound's own service (or its subset) as a destination. */
export function ownDestination(outbound: Outbound, unified: boolean): Destination {
  if (outbound.resource) {
    return {
      name: unified ? outbound.resource : outbound.service,
      service: outbound.service,
      tags: { [tag.service]: outbound.service },
      external: outbound.resource.startsWith('kri_extsvc_'),
      resource: outbound.resource,
    }
  }
  return serviceDestination(outbound.tags, outbound.external)
}

/** A `kuma.io/service`, or the subset of it that further tags select. */
export function serviceDestination(tags: Tags, external = false): Destination {
  const mesh = tags[tag.mesh]
  const cluster = destinationCluster(tags)
  return {
    name: mesh ? `${cluster}_${mesh}` : cluster,
    service: tags[tag.service] ?? '',
    tags: withoutTags(tags, tag.mesh),
    external,
    mesh,
  }
}

/** Kuma names a route by the hash of its matches; this is what the implicit one matches. */
export const catchAllMatches = '[{"path":{"value":"/","type":"PathPrefix"}}]'

/** Name of a route by the canonical JSON of its matches. */
export function routeName(matchesJson: string): string {
  return base64(sha256(utf8ToBytes(matchesJson)))
}

/** The route that Kuma adds where no rule catches everything. */
export function catchAllRoute(destination: Destination): Route {
  return {
    name: routeName(catchAllMatches),
    match: { pathSpecifier: { $case: 'prefix', prefix: '/' } },
    action: {
      $case: 'route',
      route: {
        clusterSpecifier: { $case: 'cluster', cluster: destination.name },
        timeout: seconds(0),
        hostRewriteSpecifier: destination.external ? { $case: 'autoHostRewrite', autoHostRewrite: true } : undefined,
      },
    },
  }
}

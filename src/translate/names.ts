/**
 * Every name that Envoy sees, letter by letter as Kuma gives it. Sources: Kuma's resource names (legacy scheme) and
 * "Unified resource naming" (kuma.io/docs, policies/naming).
 */
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hostPort } from './envoy/address.js'
import { fnv1a64 } from './fnv.js'

type Tags = Readonly<Record<string, string>>

export const names = {
  inboundListener: (address: string, port: number) => `inbound:${hostPort(address, port)}`,
  outboundListener: (address: string, port: number) => `outbound:${hostPort(address, port)}`,
  localCluster: (servicePort: number) => `localhost:${servicePort}`,
  inboundRoute: (service: string) => `inbound:${service}`,
  outboundRoute: (service: string) => `outbound:${service}`,
  inboundPassthrough: (version: 4 | 6) => `inbound:passthrough:ipv${version}`,
  outboundPassthrough: (version: 4 | 6) => `outbound:passthrough:ipv${version}`,
  unifiedPassthrough: (direction: 'inbound' | 'outbound', version: 4 | 6) => `self_transparentproxy_passthrough_${direction}_ipv${version}`,
  noDestinationInbound: 'self_transparentproxy_no_destination_inbound',
  /** What passes out of the mesh: one destination or, without a value, all domains of a layer 7 protocol. */
  passthrough: (protocol: string, port: number | undefined, value?: string) =>
    ['meshpassthrough', protocol, ...(value === undefined ? [] : [value]), port ?? '*'].join('_'),
  directAccessCluster: 'direct_access',
  directAccessListener: (address: string, port: number) => `direct_access_${address}:${port}`,
  identitySecret: (mesh: string) => `identity_cert:secret:${mesh}`,
  caSecret: (mesh: string) => `mesh_ca:secret:${mesh}`,
  unifiedIdentitySecret: (mesh: string) => `system_mtls_identity_${mesh}`,
  unifiedCaSecret: (mesh: string) => `system_mtls_ca_${mesh}`,
  tracingCluster: (backend: string) => `tracing:${backend}`,
  metricsHijacker: 'kuma:metrics:hijacker',
  prometheusListener: 'kuma:metrics:prometheus',
  legacy: { admin: 'kuma:envoy:admin', readiness: 'kuma:readiness' },
  unified: { admin: 'system_envoy_admin', readiness: 'system_probe_readiness' },
  trustBundleSecret: 'system_trust_bundle',
  /** SPIRE's name for all trust bundles that it has. */
  spireCaSecret: 'ALL',
  spireAgent: 'system_identity_sds-spire-agent',
  /** A service of one mesh where several meshes meet. */
  meshCluster: (mesh: string, service: string) => `${mesh}:${service}`,
  zoneProxyListener: (kind: 'zi' | 'ze', port: number) => `self_inbound_${kind}_${port}`,
  egressChain: (service: string, mesh: string) => `${service}_${mesh}`,
  gatewayListener: (gateway: string, protocol: string, port: number) => `${gateway}:${protocol}:${port}`,
  gatewayRoutes: (listener: string, hostname: string) => `${listener}:${hostname}`,
  gatewayCertificate: (keyType: string, source: string, identifier: string) => `cert.${keyType}:${source}:${identifier}`,
  /** A runtime layer that the bootstrap of builtin gateways asks for. */
  gatewayRuntime: 'gateway.listeners',
  unresolvedBackend: 'kuma.io/unresolved-backend',
  /** Service in the identity of every zone egress. */
  zoneEgressService: 'zone-egress',
  /** The unified name of an inbound: its name, or its port. */
  selfInbound: (section: string) => `self_inbound_dp_${section}`,
  /** Zone proxies that are part of a Dataplane: in both schemes. */
  selfZoneIngress: (section: string) => `self_zoneingress_dp_${section}`,
  selfZoneEgress: (section: string) => `self_zoneegress_dp_${section}`,
} as const

/** Names of what the proxy has for itself, in the unified scheme: other characters than these become `-`. */
export function systemName(...parts: readonly string[]): string {
  return `system_${parts.join('_').replace(/[^a-z0-9_-]/gu, '-')}`
}

/** Statistics names may hold letters, digits, `_` and `-` only. */
export function statName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_-]/g, '_')
}

/** SPIFFE identity of a service of a mesh. */
export function spiffeId(mesh: string, service: string): string {
  return `spiffe://${mesh}/${service}`
}

/** The server name that selects a service (and a subset of it) inside a mesh: `orders{mesh=default,version=v1}`. */
export function sniFromTags(tags: Tags): string {
  const others = Object.entries(tags)
    .filter(([key]) => key !== 'kuma.io/service')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
  const service = tags['kuma.io/service'] ?? ''
  return others.length === 0 ? service : `${service}{${others.join(',')}}`
}

/** The server name that stands for a real service's port: `kri_msvc_shop_east__orders_http` is `sni.msvc.shop.east.orders.http`. */
export function serviceServerName(kri: string): string {
  const [, short = '', mesh = '', zone = '', namespace = '', name = '', section = ''] = kri.split('_')
  const place = zone === '' ? [] : [zone, namespace].filter((part) => part !== '')
  return ['sni', short, mesh, ...place, name, section].join('.')
}

/** Longest label of a DNS name, less the mark of a cut. */
const longestLabel = 62

/** The server name by which a zone proxy or a sidecar tells a port of a real service. `kind` is `ms`, `mes` or `mzms`. */
export function sniForService(name: string, mesh: string, port: number, kind: string): string {
  const hash = fnv1a64(utf8ToBytes(`${name};${mesh};`))
  const cut = (label: string) => (label.length > longestLabel ? `${label.slice(0, longestLabel)}x` : label)
  return `a${hash}.${cut(name)}.${port}.${cut(mesh)}.${kind}`
}

/**
 * The cluster of a destination: the service where nothing else selects it, otherwise the service and the first eight
 * bytes of the SHA-256 of all key and value pairs in key order.
 * @param identifying more tags that tell it from others to the same destination
 */
export function destinationCluster(tags: Tags, identifying: Tags = {}): string {
  const service = tags['kuma.io/service'] ?? ''
  if (Object.keys(tags).length <= 1 && Object.keys(identifying).length === 0) return service
  const pairs = (from: Tags) =>
    Object.keys(from)
      .sort()
      .map((key) => key + from[key])
  const text = [...pairs(tags), ...pairs(identifying)].join('')
  return `${service}-${bytesToHex(sha256(utf8ToBytes(text)).subarray(0, 8))}`
}

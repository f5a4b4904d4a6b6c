import type { SnapshotJson } from '../protojson/snapshot-json.js'
import type { CertificatePair } from '../server/certificates.js'

/** What Kuma's bootstrap sets: its regular expressions may be larger than Envoy lets them by itself. */
export const layeredRuntime = { layers: [{ name: 'kuma', staticLayer: { 're2.max_program_size.error_level': 4294967295 } }] }

type Json = { [key: string]: unknown }
type Named = { readonly [name: string]: unknown }

/** What a proxy got over the stream, as the static resources of a bootstrap. */
export interface StaticConfig {
  readonly listeners: Json[]
  readonly clusters: Json[]
  readonly secrets: Json[]
  /** References to resources that the proxy did not get: over the stream, Envoy would wait for them for ever. */
  readonly dangling: readonly string[]
}

/**
 * Routes go into their listeners, endpoints into their clusters; secrets are looked up by name; certificates, files and
 * addresses become some that exist here. Names and addresses are made unique by `index`, so that one Envoy can hold many
 * proxies; those that are equal within a proxy stay equal. `addressOf` says where listeners go instead.
 */
export function staticConfig(
  snapshot: SnapshotJson,
  index: number,
  pem: CertificatePair,
  addressOf: (address: SocketAddress) => SocketAddress = uniqueAddresses(index),
): StaticConfig {
  const { clusters = {}, listeners = {}, routes = {}, endpoints = {}, secrets = {} } = snapshot
  const dangling: string[] = []
  const lookUp = (type: string, from: Named, name: string): unknown => {
    if (!(name in from)) dangling.push(`${type} "${name}" is referred to, but was not sent`)
    return structuredClone(from[name])
  }
  const names = new Set([...Object.keys(clusters), ...Object.keys(secrets)])
  const unique = (text: string) => `p${index}-${text}`

  const settle = (value: unknown): unknown => {
    if (typeof value === 'string') return names.has(value) ? unique(value) : value
    if (Array.isArray(value)) return value.filter((item) => !isContributed(item)).map(settle)
    if (typeof value !== 'object' || value === null) return value
    const object = { ...(value as Json) }
    if (object['rds'] && isConfigManager(object)) {
      object['routeConfig'] = lookUp('route configuration', routes, (object['rds'] as { routeConfigName: string }).routeConfigName)
      delete object['rds']
    }
    if (object['sdsConfig']) {
      lookUp('secret', secrets, String(object['name']))
      delete object['sdsConfig']
    }
    if (/AccessLog|HealthCheckEventFileSink/.test(String(object['@type'])) && object['path']) object['path'] = '/dev/null'
    return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, dataSource(key, inner, pem) ?? settle(inner)]))
  }

  return {
    clusters: Object.entries(clusters).map(
      ([name, cluster]) => settle(withEndpoints(cluster as Json, () => lookUp('endpoints', endpoints, name))) as Json,
    ),
    listeners: Object.values(listeners).map((listener) => {
      const { name, ...rest } = listener as Json
      const settled = settle(rest) as Json
      return { ...settled, name: unique(String(name)), ...addressesOf(settled, addressOf) }
    }),
    secrets: Object.values(secrets).map((secret) => settle(secret) as Json),
    dangling,
  }
}

/** The Kafka filter is in Envoy's contrib build only, not in the one that judges here. */
const isContributed = (item: unknown) => (item as Json | null)?.['name'] === 'envoy.filters.network.kafka_broker'

const isConfigManager = (object: Json) => String(object['@type']).endsWith('.HttpConnectionManager')

function withEndpoints(cluster: Json, endpoints: () => unknown): Json {
  if (cluster['type'] !== 'EDS') return cluster
  const { edsClusterConfig: _, ...rest } = cluster
  return { ...rest, type: 'STATIC', loadAssignment: endpoints() }
}

/** Masked or unreadable key material becomes a real certificate or key. */
function dataSource(key: string, value: unknown, pem: CertificatePair): unknown {
  if (!['certificateChain', 'privateKey', 'trustedCa', 'trustBundle'].includes(key)) return undefined
  const { inlineBytes, inlineString, filename } = value as Json
  const masked = [inlineBytes, inlineString].includes('<key material>') || filename !== undefined
  return masked ? { inlineString: key === 'privateKey' ? pem.privateKey : pem.certificate } : value
}

type SocketAddress = { address?: string; [key: string]: unknown }

function addressesOf(listener: Json, addressOf: (address: SocketAddress) => SocketAddress): Json {
  const place = (address: unknown) => {
    const { socketAddress, ...rest } = address as { socketAddress?: SocketAddress }
    return socketAddress ? { ...rest, socketAddress: addressOf(socketAddress) } : address
  }
  const additional = (listener['additionalAddresses'] ?? []) as { address: unknown }[]
  return {
    ...(listener['address'] !== undefined && { address: place(listener['address']) }),
    ...(additional.length > 0 && { additionalAddresses: additional.map((a) => ({ ...a, address: place(a.address) })) }),
  }
}

/** Envoy refuses two listeners of one address: each proxy gets a range of its own. What is no IP address stays. */
function uniqueAddresses(index: number): (address: SocketAddress) => SocketAddress {
  const seen = new Map<string, number>()
  const number = (address: string) => {
    if (!seen.has(address)) seen.set(address, seen.size)
    return seen.get(address) ?? 0
  }
  return (socket) => {
    const address = socket.address ?? ''
    const n = number(address)
    if (/^[\d.]+$/.test(address)) return { ...socket, address: `10.${index % 256}.${n >> 8}.${n & 255}` }
    if (address.includes(':')) return { ...socket, address: `fd00::${(index % 256).toString(16)}:${n.toString(16)}` }
    return socket
  }
}

import type { Resource } from '../core/resource.js'
import { creationOrder } from './source-destination.js'
import { type Protocol, parseProtocol } from './protocol.js'
import { type Tags, matchesTags } from './tags.js'

/** Kinds of real services, with the short names that identifiers, cluster names and server names use. */
export const serviceKinds = {
  MeshService: { short: 'msvc', sni: 'ms' },
  MeshExternalService: { short: 'extsvc', sni: 'mes' },
  MeshMultiZoneService: { short: 'mzsvc', sni: 'mzms' },
} as const

export type ServiceKind = keyof typeof serviceKinds

export interface ServicePort {
  /** The port's name, or its number as text. */
  readonly name: string
  readonly port: number
  readonly protocol: Protocol
  /** Port (number) or name of the inbound behind it; MeshService only. Without one the port leads nowhere. */
  readonly targetPort?: number | string
}

/** A MeshService, MeshExternalService or MeshMultiZoneService as traffic sees it. */
export interface RealService {
  readonly kind: ServiceKind
  readonly resource: Resource
  /** Identifier without a section. */
  readonly kri: string
  readonly displayName: string
  readonly zone: string
  readonly namespace: string
  readonly ports: readonly ServicePort[]
  readonly vips: readonly string[]
  readonly hostnames: readonly string[]
  /** Whether its proxies are in this zone. */
  readonly local: boolean
}

/** Real services of a mesh, by identifier. */
export interface ServiceIndex {
  readonly all: readonly RealService[]
  byKri(kri: string): RealService | undefined
  /** Services of a kind whose labels contain the given ones; the oldest first. */
  byLabels(kind: ServiceKind, labels: Tags): readonly RealService[]
}

interface ServiceSpec {
  readonly ports?: readonly {
    readonly name?: string
    readonly port: number
    readonly targetPort?: number | string
    readonly appProtocol?: string
  }[]
  readonly match?: { readonly port?: number; readonly protocol?: string }
}

interface ServiceStatus {
  readonly vips?: readonly { readonly ip: string }[]
  readonly vip?: { readonly ip?: string }
  readonly addresses?: readonly { readonly hostname: string }[]
}

/** `kri_<short>_<mesh>_<zone>_<namespace>_<name>_<section>`; parts may be empty, none is left out. */
export function serviceKri(kind: ServiceKind, mesh: string, zone: string, namespace: string, name: string, section = ''): string {
  return ['kri', serviceKinds[kind].short, mesh, zone, namespace, name, section].join('_')
}

/** The same identifier with a section; sections never hold an underscore. */
export function withSection(kri: string, section: string): string {
  return kri.slice(0, kri.lastIndexOf('_') + 1) + section
}

export function sectionOf(kri: string): string {
  return kri.slice(kri.lastIndexOf('_') + 1)
}

export function realService(kind: ServiceKind, resource: Resource): RealService {
  const { labels, mesh = '', name } = resource
  const displayName = labels['kuma.io/display-name'] ?? name
  const zone = labels['kuma.io/zone'] ?? ''
  const namespace = labels['k8s.kuma.io/namespace'] ?? ''
  const status = (resource.status ?? {}) as ServiceStatus
  const vips = status.vips?.map((vip) => vip.ip) ?? (status.vip?.ip ? [status.vip.ip] : [])
  return {
    kind,
    resource,
    kri: serviceKri(kind, mesh, zone, namespace, displayName),
    displayName,
    zone,
    namespace,
    ports: portsOf(resource.spec as ServiceSpec),
    vips,
    hostnames: status.addresses?.map((address) => address.hostname) ?? [],
    local: (labels['kuma.io/origin'] ?? 'zone') === 'zone',
  }
}

function portsOf({ ports, match }: ServiceSpec): ServicePort[] {
  if (match) return [{ name: String(match.port ?? 0), port: match.port ?? 0, protocol: parseProtocol(match.protocol ?? 'tcp') }]
  return (ports ?? []).map(({ name, port, targetPort, appProtocol }) => ({
    name: name || String(port),
    port,
    targetPort,
    protocol: parseProtocol(appProtocol ?? 'tcp'),
  }))
}

/** The port that a section means: its name or its number. */
export function portOf({ ports }: RealService, section: string): ServicePort | undefined {
  return ports.find((port) => port.name === section) ?? ports.find((port) => String(port.port) === section)
}

/** Key of a real service's port among the mesh's endpoints, and the name of its cluster in the legacy scheme. */
export function portServiceName(service: RealService, port: ServicePort): string {
  const { resource, displayName, namespace, zone, kind } = service
  return [resource.mesh ?? '', displayName, namespace, zone, serviceKinds[kind].short, port.port].join('_')
}

/** @param before an earlier index: services whose resources are still the same stay the same objects */
export function createServiceIndex(resourcesOf: (type: string) => readonly Resource[], before?: ServiceIndex): ServiceIndex {
  const kinds = Object.keys(serviceKinds) as ServiceKind[]
  const known = new Map(before?.all.map((service) => [service.resource, service]))
  const all = kinds.flatMap((kind) => resourcesOf(kind).map((resource) => known.get(resource) ?? realService(kind, resource)))
  const kris = new Map(all.map((service) => [service.kri, service]))
  return {
    all,
    byKri: (kri) => kris.get(withSection(kri, '')),
    byLabels: (kind, labels) =>
      all
        .filter((service) => service.kind === kind && matchesTags(labels, service.resource.labels))
        .sort((a, b) => (creationOrder(a.resource) < creationOrder(b.resource) ? -1 : 1)),
  }
}

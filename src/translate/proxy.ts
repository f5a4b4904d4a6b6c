import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import type { Issue } from '../core/issue.js'
import type { Endpoint } from './endpoints.js'
import type { MeshContext } from './mesh-context.js'
import type { NodeMetadata } from './node-metadata.js'
import { type Protocol, parseProtocol } from './protocol.js'
import type { RawCodec } from './raw-codec.js'
import type { SecretTracker } from './secrets.js'
import { type Tags, tag } from './tags.js'
import type { WorkloadIdentity } from './workload-identity.js'

/** An inbound with every default filled in. Source: Dataplane.networking.inbound. */
export interface Inbound {
  readonly index: number
  /** Address and port that the listener binds. */
  readonly address: string
  readonly port: number
  /** Address that other proxies dial. */
  readonly advertisedAddress: string
  /** Where the application listens. */
  readonly workloadAddress: string
  readonly workloadPort: number
  /** The inbound's name, or its port as text: what `sectionName` selects. */
  readonly section: string
  readonly name?: string
  readonly tags: Tags
  /** `kuma.io/service`, or empty. */
  readonly service: string
  /** What the application speaks: the field `protocol`, else the tag. */
  readonly protocol: Protocol
  readonly ready: boolean
}

/** An outbound: what the proxy's application can dial. */
export interface Outbound {
  readonly address: string
  readonly port: number
  /** Tags of a `kuma.io/service` outbound; empty where `resource` is set. */
  readonly tags: Tags
  /** `kuma.io/service`, or the cluster name of the real service's port. */
  readonly service: string
  readonly protocol: Protocol
  /** Whether the service is one outside the mesh (ExternalService). */
  readonly external?: boolean
  /** The KRI (with the port as section) of a MeshService, MeshExternalService or MeshMultiZoneService. */
  readonly resource?: string
}

/** One place that traffic may go to: it becomes a cluster. */
export interface Destination {
  /** Name of the cluster. */
  readonly name: string
  /** Key in the mesh's endpoints. */
  readonly service: string
  /** Subset of the service, `kuma.io/service` included; `kuma.io/mesh` never. */
  readonly tags: Tags
  /** Whether it leaves the mesh by an ExternalService. */
  readonly external: boolean
  /** Its endpoints, where not all that the ExternalServices have are for this proxy. */
  readonly externalEndpoints?: readonly Endpoint[]
  /** Another mesh that the service is in (cross-mesh gateways). */
  readonly mesh?: string
  /** KRI of the real service, where it is one. */
  readonly resource?: string
}

export interface Split {
  readonly destination: Destination
  readonly weight: number
}

export interface TransparentProxy {
  readonly inboundPort: number
  readonly outboundPort: number
  readonly outboundEnabled: boolean
  readonly ipv6: boolean
  readonly dnsEnabled: boolean
  readonly dnsPort: number
}

/** One proxy and all that shapes its configuration. */
export interface ProxyContext {
  readonly mesh: MeshContext
  readonly dataplane: Resource<DataplaneSpec>
  readonly metadata: NodeMetadata
  readonly inbounds: readonly Inbound[]
  readonly outbounds: readonly Outbound[]
  readonly transparentProxy?: TransparentProxy
  /** Whether names follow the unified scheme. */
  readonly unifiedNaming: boolean
  /** The service that stands for this proxy. */
  readonly service: string
  /** Every tag set of the proxy: one an inbound, or the gateway's. */
  readonly tagSets: readonly Tags[]
  /** Whether clients have to send their tags in `x-kuma-tags`. */
  readonly tagsHeaderUsed: boolean
  readonly secrets: SecretTracker
  /** What a MeshIdentity makes of the proxy. */
  readonly workloadIdentity?: WorkloadIdentity
  /** Address ranges (CIDR) whose requests count as internal; absent: Kuma's default. */
  readonly internalAddresses?: readonly string[]
  /** Reads raw Envoy configuration, where whoever asked for the translation can. */
  readonly rawCodec?: RawCodec
  report(issue: Issue): void
}

/** Ports that Kuma reserves for workloads without any: no listener, no endpoint. */
export const serviceLessPort = 49151

export function inboundsOf(spec: DataplaneSpec): Inbound[] {
  const networking = spec.networking ?? {}
  return (networking.inbound ?? []).map((inbound, index) => {
    const port = inbound.port ?? 0
    const address = inbound.address || networking.address || ''
    const tags = inbound.tags ?? {}
    return {
      index,
      address,
      port,
      advertisedAddress: networking.advertisedAddress || address,
      workloadAddress: inbound.serviceAddress || address,
      workloadPort: inbound.servicePort || port,
      section: inbound.name || String(port),
      name: inbound.name || undefined,
      tags,
      service: tags[tag.service] ?? '',
      protocol: parseProtocol(inbound.protocol || tags[tag.protocol]),
      ready: (inbound.state ?? 'Ready') === 'Ready' && (inbound.health === undefined || inbound.health.ready === true),
    }
  })
}

/** The tag sets by which policies and selectors know a proxy. */
export function tagSetsOf(spec: DataplaneSpec): readonly Tags[] {
  const gateway = spec.networking?.gateway
  if (gateway) return [gateway.tags ?? {}]
  return (spec.networking?.inbound ?? []).map((inbound) => inbound.tags ?? {})
}

/** The service that stands for a proxy in logs and traces: of several, the first in alphabetical order. */
export function identifyingService(spec: DataplaneSpec): string {
  const services = tagSetsOf(spec).flatMap((tags) => tags[tag.service] ?? [])
  return services.sort()[0] ?? 'unknown'
}

export function transparentProxyOf(spec: DataplaneSpec, metadata: NodeMetadata): TransparentProxy | undefined {
  const told = metadata.transparentProxy
  if (told) {
    const inbound = told.redirect?.inbound
    const outbound = told.redirect?.outbound
    const inboundEnabled = inbound?.enabled !== false && (inbound?.port ?? 0) > 0
    const outboundEnabled = outbound?.enabled !== false && (outbound?.port ?? 0) > 0
    if (!inboundEnabled && !outboundEnabled) return undefined
    return {
      inboundPort: inbound?.port ?? 0,
      outboundPort: outbound?.port ?? 0,
      outboundEnabled,
      ipv6: told.ipFamilyMode !== 'ipv4',
      dnsEnabled: told.redirect?.dns?.enabled === true,
      dnsPort: told.redirect?.dns?.port ?? 0,
    }
  }
  const config = spec.networking?.transparentProxying
  const inboundPort = config?.redirectPortInbound ?? 0
  const outboundPort = config?.redirectPortOutbound ?? 0
  if (inboundPort === 0 || outboundPort === 0) return undefined
  return {
    inboundPort,
    outboundPort,
    outboundEnabled: true,
    ipv6: config?.ipFamilyMode !== 'IPv4',
    dnsEnabled: metadata.dnsPort !== undefined,
    dnsPort: metadata.dnsPort ?? 0,
  }
}

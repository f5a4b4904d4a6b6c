import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { ExternalServiceSpec } from '../core/kinds/external-service.js'
import { VirtualAddresses, type VirtualAddressesSpec } from '../core/kinds/internal.js'
import { type VirtualOutboundSpec, evaluateHost, evaluatePort, parameterTags } from '../core/kinds/virtual-outbound.js'
import type { ZoneIngressSpec } from '../core/kinds/zone-ingress.js'
import type { Resource } from '../core/resource.js'
import { isIp } from '../core/validate/address.js'
import { splitHostPort } from '../core/validate/url.js'
import type { CrossMeshGateways } from './cross-mesh.js'
import { serviceLessPort } from './proxy.js'
import { selectorPolicies } from './source-destination.js'
import { type Tags, tag } from './tags.js'
import { type VipEntry, type VipTable, newVipTable } from './vip-table.js'

/** A virtual address at which transparent proxies reach a service. */
export interface VipOutbound {
  readonly address: string
  readonly port: number
  readonly tags: Tags
}

/** Host names that resolve to a virtual address. */
export interface VipDomains {
  readonly address: string
  readonly hostnames: readonly string[]
}

/** What a mesh's virtual addresses are made from. */
export interface VipSources {
  readonly zone: string
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
  resourcesOf<Spec>(type: string): readonly Resource<Spec>[]
  /** Gateways of all meshes, its own among them, that have listeners for other meshes. */
  readonly crossMesh?: readonly CrossMeshGateways[]
  /** Addresses that were handed out before and stay with their names. */
  readonly known?: VipAddresses
  /** Whether what has no address yet is reached by the one that it would get. Default: true. */
  readonly handOut?: boolean
}

/** Virtual addresses by what they stand for: `service:web`, `host:api.example.com`, `fqdn:web.v1.mesh`. */
export type VipAddresses = ReadonlyMap<string, string>

export interface Vips {
  readonly outbounds: readonly VipOutbound[]
  readonly domains: readonly VipDomains[]
  /**
   * To be kept, so that no address moves to another name while somebody still has it in mind; with those that would be handed out
   * where they aren't.
   */
  readonly addresses: VipAddresses
}

/** Port of every service's virtual address. Source: Kuma's `dnsServer.serviceVipPort`. */
const vipPort = 80
const topLevelDomain = 'mesh'

/** The n-th address of 240.0.0.0/4, Kuma's default range for services. */
export function vipAddress(n: number): string {
  return [240 + Math.floor(n / 2 ** 24), Math.floor(n / 2 ** 16) % 256, Math.floor(n / 256) % 256, n % 256].join('.')
}

/**
 * The virtual outbounds of a mesh. Free addresses are handed out to services in alphabetical order, then to the hosts of
 * external services, then to the host names of VirtualOutbounds. Source: Kuma's VIP allocator.
 */
export function vipOutbounds(sources: VipSources): Vips {
  const table = newVipTable()
  const virtualOutbounds = sources.resourcesOf<VirtualOutboundSpec>('VirtualOutbound')
  addInbounds(table, sources, virtualOutbounds)
  addRemoteServices(table, sources, virtualOutbounds)
  addExternalServices(table, sources, virtualOutbounds)
  addClusterOutbounds(table, sources)
  addGateways(table, sources)
  const { known = new Map<string, string>(), handOut = true } = sources
  const addressed = withAddresses(table.entries(), known)
  const reached = handOut ? addressed : addressed.filter(({ entry }) => entry.ownAddress !== undefined || known.has(vipKey(entry)))
  return {
    addresses: new Map(addressed.filter(({ entry }) => !entry.ownAddress).map(({ entry, address }) => [vipKey(entry), address])),
    outbounds: reached.flatMap(({ entry, address }) => outboundsOf(entry).map((outbound) => ({ address, ...outbound }))),
    domains: reached
      .map(({ entry, address }) => ({ address, hostnames: hostnamesOf(entry) }))
      .filter(({ hostnames }) => hostnames.length > 0),
  }
}

const vipKey = ({ kind, name }: VipEntry) => `${kind}:${name}`

function withAddresses(entries: readonly VipEntry[], known: VipAddresses): { entry: VipEntry; address: string }[] {
  const taken = new Set(known.values())
  let next = 0
  const free = () => {
    while (taken.has(vipAddress(next))) next++
    return vipAddress(next++)
  }
  return entries.map((entry) => ({ entry, address: entry.ownAddress ?? known.get(vipKey(entry)) ?? free() }))
}

type VirtualOutbounds = readonly Resource<VirtualOutboundSpec>[]

function addInbounds(table: VipTable, { dataplanes }: VipSources, virtualOutbounds: VirtualOutbounds): void {
  for (const { spec } of dataplanes) {
    for (const { state, port, tags = {} } of spec.networking?.inbound ?? []) {
      if (state === 'Ignored' || port === serviceLessPort) continue
      addService(table, tags[tag.service], 0)
      addVirtual(table, tags, virtualOutbounds)
    }
  }
}

function addRemoteServices(table: VipTable, { zone, dataplanes, resourcesOf }: VipSources, virtualOutbounds: VirtualOutbounds): void {
  const mesh = dataplanes[0]?.mesh
  for (const { spec } of resourcesOf<ZoneIngressSpec>('ZoneIngress')) {
    if (!spec.zone || spec.zone === zone) continue
    for (const service of spec.availableServices ?? []) {
      if (service.mesh === mesh) addService(table, service.tags?.[tag.service], 0)
      addVirtual(table, service.tags ?? {}, virtualOutbounds)
    }
  }
}

function addExternalServices(table: VipTable, { resourcesOf }: VipSources, virtualOutbounds: VirtualOutbounds): void {
  for (const { name, spec } of resourcesOf<ExternalServiceSpec>('ExternalService')) {
    const target = splitHostPort(spec.networking?.address ?? '')
    const service = spec.tags?.[tag.service]
    if (!target || !service) continue
    const port = Number(target.port)
    const tags = { [tag.service]: service }
    addService(table, service, port)
    if (!spec.networking?.disableHostDNSEntry) {
      table.add('host', target.host, { port, tags, origin: `external-service:${name}` }, isIp(target.host) ? target.host : undefined)
    }
    addVirtual(table, tags, virtualOutbounds)
  }
}

/** What a Kubernetes cluster has addresses of its own for: Services at their cluster IPs, instances of headless ones at theirs. */
function addClusterOutbounds(table: VipTable, { resourcesOf }: VipSources): void {
  for (const { spec } of resourcesOf<VirtualAddressesSpec>(VirtualAddresses.type)) {
    for (const { address, port, tags = {} } of spec.clusterOutbounds ?? []) {
      if (address && port) table.add('host', address, { port, tags, origin: 'kubernetes' }, address)
    }
  }
}

/** Listeners for other meshes at their own host name or, where that is none, at one made for the gateway. */
function addGateways(table: VipTable, { crossMesh = [] }: VipSources): void {
  for (const { mesh, gateways } of crossMesh) {
    for (const { name, spec } of gateways) {
      for (const { crossMesh, hostname = '', port = 0, tags } of spec.conf?.listeners ?? []) {
        if (!crossMesh) continue
        const host = hostname === '' || hostname.includes('*') ? `internal.${name}.${mesh}.${topLevelDomain}` : hostname
        for (const { match } of spec.selectors ?? []) {
          const target = { ...spec.tags, ...tags, [tag.mesh]: mesh, ...match }
          table.add('fqdn', host, { port, tags: target, origin: `mesh-gateway:${mesh}:${name}` })
        }
      }
    }
  }
}

function addService(table: VipTable, service: string | undefined, port: number): void {
  if (service) table.add('service', service, { port, tags: { [tag.service]: service }, origin: 'service' })
}

/** A VirtualOutbound whose templates can't be filled in from an instance's tags doesn't mean that instance. */
function addVirtual(table: VipTable, tags: Tags, virtualOutbounds: VirtualOutbounds): void {
  for (const { name, spec } of selectorPolicies(virtualOutbounds, tags)) {
    const { conf = {} } = spec
    const host = evaluateHost(conf, tags)
    const port = evaluatePort(conf, tags)
    if (!host.ok || !port.ok) continue
    table.add('fqdn', host.text, { port: Number(port.text), tags: parameterTags(conf, tags), origin: `virtual-outbound:${name}` })
  }
}

/** Services answer at the common port whatever theirs is, and so do the hosts of external services, which Kuma keeps for old clients. */
function outboundsOf({ kind, ownAddress, ports }: VipEntry): { port: number; tags: Tags }[] {
  const [first] = ports
  if (!first) return []
  const common = { port: vipPort, tags: first.tags }
  if (kind === 'service') return first.port === 0 || first.port === vipPort ? [common] : [{ port: first.port, tags: first.tags }, common]
  const own = ports.filter(({ port }) => port !== 0).map(({ port, tags }) => ({ port, tags }))
  return kind === 'host' && !ownAddress && !own.some(({ port }) => port === vipPort) ? [...own, common] : own
}

/** `<service>.mesh`, underscores as dots too. */
function hostnamesOf({ kind, name, ownAddress }: VipEntry): string[] {
  if (kind !== 'service') return ownAddress ? [] : [name]
  const plain = `${name}.${topLevelDomain}`
  const dotted = `${name.replaceAll('_', '.')}.${topLevelDomain}`
  return dotted === plain ? [plain] : [plain, dotted]
}

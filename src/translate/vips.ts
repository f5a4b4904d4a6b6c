import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { type Tags, tag } from './tags.js'

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

/** Port of every virtual address. Source: Kuma's `dnsServer.serviceVipPort`. */
const vipPort = 80
const topLevelDomain = 'mesh'

/** The n-th address of 240.0.0.0/4, Kuma's default range for services. */
export function vipAddress(n: number): string {
  return [240 + Math.floor(n / 2 ** 24), Math.floor(n / 2 ** 16) % 256, Math.floor(n / 256) % 256, n % 256].join('.')
}

/**
 * The virtual outbounds of a mesh whose addresses are handed out afresh, in alphabetical order of the services.
 * Source: Kuma's VIP allocator; `<service>.mesh`, underscores as dots too.
 */
export function vipOutbounds({ dataplanes }: {
  readonly dataplanes: readonly Resource<DataplaneSpec>[]
  resourcesOf<Spec>(type: string): readonly Resource<Spec>[]
}): { readonly outbounds: readonly VipOutbound[]; readonly domains: readonly VipDomains[] } {
  const services = new Set<string>()
  for (const { spec } of dataplanes) {
    for (const inbound of spec.networking?.inbound ?? []) {
      const service = inbound.tags?.[tag.service]
      if (service) services.add(service)
    }
  }
  const sorted = [...services].sort()
  return {
    outbounds: sorted.map((service, index) => ({ address: vipAddress(index), port: vipPort, tags: { [tag.service]: service } })),
    domains: sorted.map((service, index) => ({ address: vipAddress(index), hostnames: serviceHostnames(service) })),
  }
}

function serviceHostnames(service: string): string[] {
  const plain = `${service}.${topLevelDomain}`
  const dotted = `${service.replaceAll('_', '.')}.${topLevelDomain}`
  return dotted === plain ? [plain] : [plain, dotted]
}

import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { type Tags, tag } from './tags.js'

/** A virtual address at which transparent proxies reach a service. */
export interface VipOutbound {
  readonly address: string
  readonly port: number
  readonly tags: Tags
  /** Host names that resolve to the address. */
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
}): readonly VipOutbound[] {
  const services = new Set<string>()
  for (const { spec } of dataplanes) {
    for (const inbound of spec.networking?.inbound ?? []) {
      const service = inbound.tags?.[tag.service]
      if (service) services.add(service)
    }
  }
  return [...services].sort().map((service, index) => {
    const plain = `${service}.${topLevelDomain}`
    const dotted = `${service.replaceAll('_', '.')}.${topLevelDomain}`
    return {
      address: vipAddress(index),
      port: vipPort,
      tags: { [tag.service]: service },
      hostnames: dotted === plain ? [plain] : [plain, dotted],
    }
  })
}

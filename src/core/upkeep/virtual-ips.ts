import type { Resource } from '../resource.js'

/** The ranges that addresses of real services are taken from. Source: Kuma's config, `ipam`. */
const ranges = { MeshService: 241, MeshExternalService: 242, MeshMultiZoneService: 243 } as const

type Kind = keyof typeof ranges

interface VipStatus {
  readonly vips?: readonly { readonly ip?: string }[]
  readonly vip?: { readonly ip?: string }
}

export const isRealService = ({ type }: Resource): boolean => type in ranges

/**
 * Gives each real service that has none the next free address of its kind, in the order of the resources.
 * @param reserved addresses that somebody may still have in mind, though their service is gone
 */
export function withVirtualIps(resources: readonly Resource[], reserved: Iterable<string> = []): readonly Resource[] {
  const taken = new Set([...reserved, ...resources.filter(isRealService).flatMap(vipsOf)])
  const next = { MeshService: 0, MeshExternalService: 0, MeshMultiZoneService: 0 }
  const free = (kind: Kind): string => {
    for (;;) {
      const n = next[kind]++
      const ip = [ranges[kind], Math.floor(n / 2 ** 16) % 256, Math.floor(n / 256) % 256, n % 256].join('.')
      if (!taken.has(ip)) return ip
    }
  }
  return resources.map((resource) => {
    if (!isRealService(resource) || vipsOf(resource).length > 0) return resource
    const ip = free(resource.type as Kind)
    const status = resource.status as object | undefined
    return { ...resource, status: { ...status, ...(resource.type === 'MeshExternalService' ? { vip: { ip } } : { vips: [{ ip }] }) } }
  })
}

/** The virtual addresses of a real service. */
export function vipsOf({ status }: Resource): string[] {
  const { vips = [], vip } = (status ?? {}) as VipStatus
  return [...vips, ...(vip ? [vip] : [])].flatMap(({ ip }) => (ip ? [ip] : []))
}

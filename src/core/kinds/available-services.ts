import type { Resource } from '../resource.js'
import { zoneTag } from '../validate/tags.js'
import type { DataplaneSpec } from './dataplane.js'
import type { MeshSpec } from './mesh.js'
import type { AvailableService, ZoneIngressSpec } from './zone-ingress.js'

type Tags = Readonly<Record<string, string>>

/**
 * A ZoneIngress of this zone with the services that it can reach: how many ready inbounds carry each set of tags, and the external
 * services that only this zone reaches. Meshes that use MeshServices alone are left out, ingresses of other zones as they are.
 */
export function withAvailableServices(
  spec: ZoneIngressSpec,
  { zone, resources }: { readonly zone: string; readonly resources: readonly Resource[] },
): ZoneIngressSpec {
  if (spec.zone && spec.zone !== zone) return spec
  const meshes = new Map(resources.filter(({ type }) => type === 'Mesh').map(({ name, spec }) => [name, spec as MeshSpec]))
  const open = (mesh = '') => meshes.get(mesh)?.meshServices?.mode !== 'Exclusive'
  const inbounds = resources
    .filter(({ type, mesh }) => type === 'Dataplane' && open(mesh))
    .flatMap(({ mesh = '', spec }) => readyTags(spec as DataplaneSpec).map((tags) => ({ mesh, tags })))
  const external = resources
    .filter(({ type, mesh }) => type === 'ExternalService' && open(mesh) && meshes.get(mesh ?? '')?.routing?.zoneEgress)
    .map(({ mesh = '', spec }) => ({ mesh, tags: (spec as { tags?: Tags }).tags ?? {} }))
    .filter(({ tags }) => tags[zoneTag] === zone)
  const services = [...countServices(inbounds), ...countServices(external).map((service) => ({ ...service, externalService: true }))]
  const { availableServices: _, ...rest } = spec
  return services.length > 0 ? { ...rest, availableServices: services } : rest
}

function readyTags({ networking }: DataplaneSpec): Tags[] {
  return (networking?.inbound ?? [])
    .filter(({ state, health }) => (state ?? 'Ready') === 'Ready' && (!health || health.ready === true))
    .map(({ tags = {} }) => tags)
}

/** Equal tags of one mesh as one service with the number of its instances, in the order of mesh and tags. */
export function countServices(entries: readonly { readonly mesh: string; readonly tags: Tags }[]): AvailableService[] {
  const services = new Map<string, { mesh: string; tags: Tags; text: string; instances: number }>()
  for (const { mesh, tags } of entries) {
    const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))
    const text = sorted.map(([key, value]) => `${key}=${value}`).join()
    const key = `${mesh}/${text}`
    const known = services.get(key)
    if (known) known.instances++
    else services.set(key, { mesh, tags: Object.fromEntries(sorted), text, instances: 1 })
  }
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...services.values()]
    .sort((a, b) => compare(a.mesh, b.mesh) || compare(a.text, b.text))
    .map(({ mesh, tags, instances }) => ({ tags, instances, mesh }))
}

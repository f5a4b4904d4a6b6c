import type { MeshMultiZoneServiceSpec } from '../kinds/mesh-multi-zone-service.js'
import { displayNameOf } from '../kri.js'
import type { Resource } from '../resource.js'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** A MeshMultiZoneService with the MeshServices that it selects: those of all meshes, as in Kuma. */
export function withMatchedServices(
  resource: Resource<MeshMultiZoneServiceSpec>,
  services: readonly Resource[],
): Resource<MeshMultiZoneServiceSpec> {
  const wanted = Object.entries(resource.spec.selector.meshService.matchLabels ?? {})
  const matched = services
    .filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value))
    .map((service) => ({
      name: displayNameOf(service),
      namespace: service.labels['k8s.kuma.io/namespace'] ?? '',
      zone: service.labels['kuma.io/zone'] ?? '',
      mesh: service.mesh ?? '',
    }))
    .sort((a, b) => (fullName(a) < fullName(b) ? -1 : 1))
  const { meshServices: _, ...status } = (resource.status ?? {}) as { readonly conditions?: readonly Condition[]; meshServices?: unknown }
  const condition = conditionOf(matched.length)
  const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type)
  return {
    ...resource,
    status: { ...status, ...(matched.length > 0 && { meshServices: matched }), conditions: [...others, condition] },
  }
}

const fullName = ({ name, namespace, zone, mesh }: Readonly<Record<'name' | 'namespace' | 'zone' | 'mesh', string>>) =>
  [name, namespace, zone, mesh].join('/')

function conditionOf(count: number): Condition {
  return count > 0
    ? { type: 'MeshServicesMatched', status: 'True', reason: 'MatchesFound', message: `Matched ${count} MeshService(s)` }
    : {
        type: 'MeshServicesMatched',
        status: 'False',
        reason: 'NoMatchesFound',
        message: 'Selector does not match any MeshService in this zone',
      }
}

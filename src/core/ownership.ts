import type { ResourceKey } from './resource.js'

/** The kind that reports on resources of another kind: it has the same mesh and name and ends with it. */
const insightOf: Readonly<Record<string, string>> = {
  Dataplane: 'DataplaneInsight',
  ZoneIngress: 'ZoneIngressInsight',
  ZoneEgress: 'ZoneEgressInsight',
  Zone: 'ZoneInsight',
  Mesh: 'MeshInsight',
}

const subjectOf = new Map(Object.entries(insightOf).map(([subject, insight]) => [insight, subject]))

/**
 * Whether resources of the type are insights: they come and go with their subject, are written often, and shape no
 * configuration.
 */
export function isInsight({ type }: Pick<ResourceKey, 'type'>): boolean {
  return subjectOf.has(type)
}

/** The key of the insight into a resource, where resources of its type have one. */
export function insightKey({ type, mesh, name }: ResourceKey): ResourceKey | undefined {
  const insight = Object.hasOwn(insightOf, type) ? insightOf[type] : undefined
  return insight === undefined ? undefined : keyFor(insight, mesh, name)
}

/** The resource that must be there for this one to exist: the subject of an insight, else the Mesh; none for global kinds. */
export function ownerKey({ type, mesh, name }: ResourceKey): ResourceKey | undefined {
  const subject = subjectOf.get(type)
  if (subject !== undefined) return keyFor(subject, mesh, name)
  return mesh === undefined ? undefined : keyFor('Mesh', undefined, mesh)
}

function keyFor(type: string, mesh: string | undefined, name: string): ResourceKey {
  return mesh === undefined ? { type, name } : { type, mesh, name }
}

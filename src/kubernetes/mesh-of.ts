import { names } from './annotations.js'
import type { KubernetesObject } from './objects.js'

/** The mesh that an object says it belongs to, else the one of its namespace. Annotations are the older spelling of the label. */
export function namedMesh(object: KubernetesObject, namespace: KubernetesObject | undefined): string | undefined {
  for (const { metadata } of [object, namespace ?? {}]) {
    const mesh = metadata?.labels?.[names.mesh] || metadata?.annotations?.[names.mesh]
    if (mesh) return mesh
  }
  return undefined
}

/** The mesh of an object: {@link namedMesh}, else `default`. */
export function meshOf(object: KubernetesObject, namespace: KubernetesObject | undefined): string {
  return namedMesh(object, namespace) ?? 'default'
}

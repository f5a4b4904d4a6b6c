import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import { type Resource, type ResourceKey, keyOf } from '../../core/resource.js'
import type { KubernetesObject } from '../objects.js'
import type { ClusterView, WatchedKind, WatchedObjects } from './cluster-view.js'

/** Types that controllers make, and Meshes, which they go by. */
export const madeTypes = ['Mesh', 'Dataplane', 'MeshService', 'MeshZoneAddress', 'ZoneIngress', 'ZoneEgress'] as const
export type MadeType = (typeof madeTypes)[number]

/** A resource and the object that it is in the cluster. */
export interface Made {
  readonly resource: Resource
  readonly object: KubernetesObject
}

type ByName<T> = Map<string, T>

/** The newest that was told of a cluster's objects, by kind and namespace. */
export class ClusterCache implements ClusterView {
  private readonly objects = new Map<WatchedKind, Map<string, ByName<KubernetesObject>>>()
  private readonly made = new Map<string, Made>()
  private readonly madeIn = new Map<string, Map<string, Made>>()

  get<K extends WatchedKind>(kind: K, name: string, namespace = ''): WatchedObjects[K] | undefined {
    return this.objects.get(kind)?.get(namespace)?.get(name) as WatchedObjects[K] | undefined
  }

  list<K extends WatchedKind>(kind: K, namespace?: string): readonly WatchedObjects[K][] {
    const byNamespace = this.objects.get(kind)
    const groups = namespace === undefined ? [...(byNamespace?.values() ?? [])] : [byNamespace?.get(namespace) ?? new Map()]
    return groups.flatMap((group) => [...group.values()]) as WatchedObjects[K][]
  }

  mesh(name: string): Resource<MeshSpec> | undefined {
    return this.stored({ type: 'Mesh', name }) as Resource<MeshSpec> | undefined
  }

  stored(key: ResourceKey): Resource | undefined {
    return this.madeOf(key)?.resource
  }

  storedIn(type: string, namespace: string): readonly Resource[] {
    return [...(this.madeIn.get(`${type}/${namespace}`)?.values() ?? [])].map(({ resource }) => resource)
  }

  dataplanesOf(mesh: string): readonly Resource<DataplaneSpec>[] {
    const all = [...this.made.values()].map(({ resource }) => resource)
    return all.filter((resource): resource is Resource<DataplaneSpec> => resource.type === 'Dataplane' && resource.mesh === mesh)
  }

  madeOf(key: ResourceKey): Made | undefined {
    return this.made.get(keyOf(key))
  }

  /** Takes an object as it is now. Gives what it was before. */
  put(kind: WatchedKind, object: KubernetesObject): KubernetesObject | undefined {
    const { name = '', namespace = '' } = object.metadata ?? {}
    const group = grown(grown(this.objects, kind), namespace)
    const before = group.get(name)
    group.set(name, object)
    return before
  }

  /** Forgets an object. Gives what it was. */
  remove(kind: WatchedKind, { metadata }: KubernetesObject): KubernetesObject | undefined {
    const { name = '', namespace = '' } = metadata ?? {}
    const byNamespace = this.objects.get(kind)
    const group = byNamespace?.get(namespace)
    const before = group?.get(name)
    group?.delete(name)
    if (group?.size === 0) byNamespace?.delete(namespace)
    return before
  }

  putMade(made: Made): Made | undefined {
    const key = keyOf(made.resource)
    const before = this.made.get(key)
    this.made.set(key, made)
    grown(this.madeIn, placeOf(made)).set(key, made)
    return before
  }

  removeMade(key: ResourceKey): Made | undefined {
    const before = this.made.get(keyOf(key))
    if (!before) return undefined
    this.made.delete(keyOf(key))
    const group = this.madeIn.get(placeOf(before))
    group?.delete(keyOf(key))
    if (group?.size === 0) this.madeIn.delete(placeOf(before))
    return before
  }
}

const placeOf = ({ resource, object }: Made) => `${resource.type}/${object.metadata?.namespace ?? ''}`

function grown<K, V>(groups: Map<K, Map<string, V>>, key: K): Map<string, V> {
  let group = groups.get(key)
  if (!group) groups.set(key, (group = new Map()))
  return group
}

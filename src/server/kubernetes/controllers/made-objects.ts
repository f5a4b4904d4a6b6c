import type { Registry } from '../../../core/kind.js'
import type { MeshSpec } from '../../../core/kinds/mesh.js'
import { type ResourceKey, keyOf } from '../../../core/resource.js'
import type { ClusterObject } from '../../../kubernetes-api/api.js'
import type { ClusterCache, Made, MadeType } from '../../../kubernetes/controllers/cluster-cache.js'
import type { ObjectKey } from '../../../kubernetes/controllers/cluster-view.js'
import type { Concerned } from '../../../kubernetes/controllers/concerned.js'
import { readObject } from '../../../kubernetes/controllers/made-object.js'
import { madeOfService } from '../../../kubernetes/controllers/mesh-services.js'
import type { Log } from '../../log.js'

export interface MadeObjectsOptions {
  readonly cache: ClusterCache
  readonly registry: Registry
  readonly log: Log
  /** A Mesh came, went or changed what its objects are. */
  onMesh(): void
  /** Somebody changed or deleted what controllers made: whom it was made of has to be looked at. */
  onForeign(concerned: Concerned): void
  /** Proxies of a mesh came, went or changed. */
  onMembers(mesh: string): void
}

/** Keeps what is known of the resources that controllers make, and of Meshes. */
export class MadeObjects {
  /** By type, of objects of the last list or change: where the object of a name is which resource. */
  private readonly keys = new Map<string, ResourceKey>()

  constructor(private readonly options: MadeObjectsOptions) {}

  list(type: MadeType, objects: readonly ClusterObject[]): void {
    const places = new Set(objects.map((object) => placeOf(type, object)))
    for (const [place, key] of this.keys) {
      const made = place.startsWith(`${type}/`) && !places.has(place) ? this.options.cache.madeOf(key) : undefined
      if (made) this.change(type, made.object as ClusterObject, true)
    }
    for (const object of objects) this.change(type, object, false)
  }

  change(type: MadeType, object: ClusterObject, gone: boolean): void {
    const { cache, registry, log } = this.options
    const place = placeOf(type, object)
    const known = this.keys.get(place)
    const before = known && cache.madeOf(known)
    if (before && !gone && isOlder(object, before)) return
    // What was there before the one of today.
    if (before && gone && object.metadata.uid !== before.object.metadata?.uid) return
    const read = gone ? undefined : readObject({ ...object, kind: type }, registry)
    if (read && !read.made) log.warn('an object of the cluster can not be read', { object: place, error: read.refusal?.detail ?? '' })
    const made = read?.made
    if (known && (!made || keyOf(known) !== keyOf(made.resource))) {
      cache.removeMade(known)
      this.keys.delete(place)
    }
    if (made) {
      cache.putMade(made)
      this.keys.set(place, made.resource)
    }
    if (before?.object.metadata?.resourceVersion === object.metadata.resourceVersion && !gone) return
    if (type === 'Dataplane')
      for (const mesh of new Set([before, made].flatMap((one) => one?.resource.mesh ?? []))) this.options.onMembers(mesh)
    if (type !== 'Mesh') this.options.onForeign(madeFrom(type, object))
    else if (modeOf(before) !== modeOf(made)) this.options.onMesh()
  }

  /** Pods that proxies were made of. */
  podsOfAll(): readonly ObjectKey[] {
    return this.all().flatMap(({ type, object }) => madeFrom(type, object).pods)
  }

  servicesOfAll(): readonly ObjectKey[] {
    return this.all().flatMap(({ type, object }) => madeFrom(type, object).services)
  }

  meshes(): readonly string[] {
    return [...this.keys.values()].filter(({ type }) => type === 'Mesh').map(({ name }) => name)
  }

  private all(): readonly { readonly type: MadeType; readonly object: ClusterObject }[] {
    return [...this.keys.values()].flatMap((key) => {
      const made = this.options.cache.madeOf(key)
      return made ? [{ type: key.type as MadeType, object: made.object as ClusterObject }] : []
    })
  }
}

/** What an object was made of, as it says itself. One that people wrote was made of nothing. */
function madeFrom(type: MadeType, { metadata }: ClusterObject): Concerned {
  const { namespace = '', labels = {} } = metadata
  const service = labels[madeOfService]
  if (type === 'MeshService') return { pods: [], services: service === undefined ? [] : [{ name: service, namespace }] }
  const owners = (metadata['ownerReferences'] ?? []) as readonly { readonly kind: string; readonly name: string }[]
  const owned = (by: string) => owners.filter(({ kind }) => kind === by).map(({ name }) => ({ name, namespace }))
  return { pods: owned('Pod'), services: owned('Service') }
}

const placeOf = (type: MadeType, { metadata }: ClusterObject) => `${type}/${metadata.namespace ?? ''}/${metadata.name}`

/** Versions are numbers that grow: the answer to a write may come before what was watched of the time before it. */
function isOlder({ metadata }: ClusterObject, { object }: Made): boolean {
  return Number(metadata.resourceVersion) < Number(object.metadata?.resourceVersion) && metadata.uid === object.metadata?.uid
}

const modeOf = (made: Made | undefined) => made && ((made.resource.spec as MeshSpec).meshServices?.mode ?? 'Disabled')

import { KumaError } from '../../core/errors.js'
import { ownerKey } from '../../core/ownership.js'
import { keyOf, type ResourceKey } from '../../core/resource.js'
import type { ChangeEvent } from '../../core/store.js'
import { group, type Layout, version } from '../../kubernetes/crd/layout.js'
import { type Place, type StoredObject, toObject } from '../../kubernetes/crd/mapping.js'
import type { ClusterObject } from '../../kubernetes-api/api.js'
import type { Planned } from './head.js'
import { type Places, placeText } from './places.js'
import type { Replica } from './replica.js'

export interface PlanOptions {
  readonly layouts: ReadonlyMap<string, Layout>
  readonly replica: Replica
  readonly places: Places
}

/** Turns the events of transactions into changes of objects, in their order. */
export async function planChanges(events: readonly ChangeEvent[], { layouts, replica, places }: PlanOptions): Promise<readonly Planned[]> {
  /** What earlier events leave behind: `undefined` where they delete. */
  const left = new Map<string, { readonly place: Place; readonly object: StoredObject } | undefined>()
  const takenNow = new Set<string>()
  const planned: Planned[] = []
  for (const { key, ...event } of events) {
    const layout = layouts.get(key.type)
    if (layout === undefined) throw new KumaError('unknown-kind', `${key.type} is no kind that the cluster keeps`)
    const text = keyOf(key)
    const known = replica.objectOf(key)
    const there = left.has(text) ? left.get(text) : known
    const revision = left.has(text) ? undefined : known?.object.metadata.resourceVersion
    const base = revision === undefined ? {} : { revision }
    if (event.op === 'delete') {
      if (there === undefined) continue
      const { uid } = there.object.metadata
      // One of many goes whatever others did to it just now: what is left of a mesh would belong to nothing.
      const which = { ...(typeof uid === 'string' && { uid }), ...(events.length === 1 && base) }
      planned.push({ op: 'delete', key, place: there.place, ...which })
      left.set(text, undefined)
      continue
    }
    const isTaken = (place: Place) => takenNow.has(placeText(key.type, place)) || isOthers(replica, key, place)
    const place = there?.place ?? (await places.placeFor(layout, key, isTaken))
    takenNow.add(placeText(key.type, place))
    const object = withoutVersion(toObject(layout, event.stored.resource, place, there?.object), ownerOf(key, replica))
    planned.push({ op: there === undefined ? 'create' : 'update', key, place, object, ...base })
    left.set(text, { place, object })
  }
  return planned
}

function isOthers(replica: Replica, key: ResourceKey, place: Place): boolean {
  const found = replica.at(key.type, place)
  return found !== undefined && keyOf(found.key) !== keyOf(key)
}

interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** What the cluster itself deletes it with, where its collector runs. */
function ownerOf(key: ResourceKey, replica: Replica): OwnerReference | undefined {
  const owner = ownerKey(key)
  const known = owner && replica.objectOf(owner)
  const { name, namespace, uid } = known?.object.metadata ?? {}
  if (known === undefined || name === undefined || uid === undefined) return undefined
  // An owner in another namespace counts as one that is gone.
  if (namespace !== undefined && namespace !== replica.objectOf(key)?.place.namespace) return undefined
  return { apiVersion: `${group}/${version}`, kind: known.layout.type, name, uid }
}

function withoutVersion({ metadata, ...rest }: StoredObject, owner: OwnerReference | undefined): ClusterObject {
  const { resourceVersion, uid, generation, creationTimestamp, ...kept } = metadata as ClusterObject['metadata']
  const owners = kept['ownerReferences']
  return { ...rest, metadata: { ...kept, ...(owner !== undefined && owners === undefined && { ownerReferences: [owner] }) } }
}

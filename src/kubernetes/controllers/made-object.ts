import type { Registry } from '../../core/kind.js'
import { parseObject } from '../../core/parse.js'
import { toKubernetes } from '../../core/print.js'
import type { Refusal } from '../../core/refusal.js'
import type { Resource } from '../../core/resource.js'
import { sameValue } from '../../core/same-value.js'
import type { KubernetesObject, OwnerReference } from '../objects.js'
import type { Made } from './cluster-cache.js'
import type { WantedResource } from './outcome.js'

/** A resource as an object of the cluster; in a namespace, the resource's name ends with it. */
export type ReadObject = { readonly made: Made } | { readonly made?: undefined; readonly refusal: Refusal | undefined }

/** The resource that an object of one of Kuma's kinds is. */
export function readObject(object: KubernetesObject, registry: Registry): ReadObject {
  const [item] = parseObject(object, registry).items
  if (!item?.resource) return { refusal: item?.refusal }
  const { name = '', namespace } = object.metadata ?? {}
  return { made: { object, resource: { ...item.resource, name: namespace === undefined ? name : `${name}.${namespace}` } } }
}

/**
 * The object that has to be written for a resource to be there as wanted; undefined where it is.
 * @param before as it is in the cluster
 */
export function objectFor({ resource, owner }: WantedResource, before: Made | undefined, registry: Registry): KubernetesObject | undefined {
  const object = named(toKubernetes(resource, registry))
  if (!before) return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } }
  const known = before.object.metadata?.ownerReferences ?? []
  const ownerReferences = ownersWith(known, owner)
  const after = readObject(object, registry).made?.resource
  if (ownerReferences === known && after && isSame(before.resource, after)) return undefined
  return { ...before.object, ...object, metadata: { ...before.object.metadata, labels: object.metadata?.labels, ownerReferences } }
}

/** In a namespace the resource's name has that at its end, the object's not. */
function named(object: KubernetesObject): KubernetesObject {
  const { name = '', namespace } = object.metadata ?? {}
  return namespace === undefined ? object : { ...object, metadata: { ...object.metadata, name: name.slice(0, -namespace.length - 1) } }
}

function ownersWith(owners: readonly OwnerReference[], owner: OwnerReference): readonly OwnerReference[] {
  const others = owners.filter(({ uid }) => uid !== owner.uid)
  const [known] = owners.filter(({ uid }) => uid === owner.uid)
  if (known && known.name === owner.name && Boolean(known.controller) === Boolean(owner.controller)) return owners
  // Only one may be the controller: one of an earlier Pod of the name isn't it any more.
  return [...(owner.controller ? others.filter(({ controller }) => !controller) : others), owner]
}

function isSame(before: Resource, after: Resource): boolean {
  const said = ({ labels, spec, status }: Resource) => ({ labels, spec, status })
  return sameValue(said(before), said(after))
}

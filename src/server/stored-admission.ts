import { type Admission, type AdmitOptions, admit } from '../core/admit.js'
import type { Registry } from '../core/kind.js'
import { keyOf, type Resource, type ResourceKey } from '../core/resource.js'
import type { Store } from '../core/store.js'

export interface StoredAdmissionOptions extends Pick<AdmitOptions, 'mayChangeCa'> {
  readonly store: Pick<Store, 'get'>
  readonly registry: Registry
  /** Name of the control plane's zone. */
  readonly zone: string
  /** What is there under the resource's own key, where the store is not to be asked for that. */
  readonly previous?: { readonly resource: Resource | undefined }
}

/**
 * Holds a resource against what is stored. Admission looks things up at once and a store takes its time: what it misses is
 * fetched, and it is asked again.
 */
export async function admitAsStored(
  resource: Resource,
  { store, registry, zone, previous, mayChangeCa }: StoredAdmissionOptions,
): Promise<Admission> {
  const known = new Map<string, Resource | undefined>()
  if (previous) known.set(keyOf(resource), previous.resource)
  for (;;) {
    const missed = new Map<string, ResourceKey>()
    const find = (key: ResourceKey) => {
      if (!known.has(keyOf(key))) missed.set(keyOf(key), key)
      return known.get(keyOf(key))
    }
    const admission = admit(resource, { registry, zone, mayChangeCa, find })
    if (missed.size === 0) return admission
    for (const [text, key] of missed) known.set(text, (await store.get(key))?.resource)
  }
}

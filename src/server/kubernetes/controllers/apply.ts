import type { Registry } from '../../../core/kind.js'
import type { ClusterObject, KubernetesApi } from '../../../kubernetes-api/api.js'
import { ApiFailure } from '../../../kubernetes-api/failure.js'
import type { ClusterCache, Made, MadeType } from '../../../kubernetes/controllers/cluster-cache.js'
import { objectFor } from '../../../kubernetes/controllers/made-object.js'
import type { Note, Outcome } from '../../../kubernetes/controllers/outcome.js'
import { collectionOf } from './places.js'

export interface ApplyOptions {
  readonly api: Pick<KubernetesApi, 'send'>
  readonly cache: Pick<ClusterCache, 'madeOf'>
  readonly registry: Registry
  /** Takes what the API server answered: what is known is never older than what was written. */
  onWritten(type: MadeType, object: ClusterObject): void
  onDeleted(made: Made): void
}

/** Who writes, as the API server notes it. */
export const fieldManager = 'kuma-cp-controllers'

/**
 * Makes the cluster be as an outcome wants it, and gives what the author is to be told. Objects that are so already are not touched.
 * @throws ApiFailure what can't be written: the key is to be looked at again
 */
export async function applyOutcome({ wanted, unwanted, notes }: Outcome, options: ApplyOptions): Promise<readonly Note[]> {
  const { api, cache, registry } = options
  const told: Note[] = [...notes]
  // First: a resource of another mesh can be in the place of a wanted one.
  for (const { key } of unwanted) {
    const made = cache.madeOf(key)
    if (!made) continue
    await remove(api, key.type as MadeType, made)
    options.onDeleted(made)
  }
  for (const one of wanted) {
    const type = one.resource.type as MadeType
    const before = cache.madeOf(one.resource)
    const object = objectFor(one, before, registry)
    if (!object) continue
    const written = await write(api, type, object as ClusterObject, before)
    options.onWritten(type, written)
    const what = before ? 'Updated' : 'Created'
    told.push({ type: 'Normal', reason: `${what}${reasonOf(type)}`, message: `${what} Kuma ${type}: ${written.metadata.name}` })
  }
  return told
}

/** Kuma has one name for what is made of Pods. */
const reasonOf = (type: MadeType) => (type === 'MeshService' || type === 'MeshZoneAddress' ? type : 'KumaDataplane')

async function write(api: ApplyOptions['api'], type: MadeType, object: ClusterObject, before: Made | undefined): Promise<ClusterObject> {
  const collection = collectionOf(type, object.metadata.namespace)
  const query = { fieldManager }
  if (!before) return api.send<ClusterObject>('POST', collection, { body: object, query })
  return api.send<ClusterObject>('PUT', `${collection}/${object.metadata.name}`, { body: object, query })
}

async function remove(api: ApplyOptions['api'], type: MadeType, { object }: Made): Promise<void> {
  const { name = '', namespace, uid } = object.metadata ?? {}
  // Another of the same name isn't meant.
  const body = { preconditions: { uid } }
  await api.send('DELETE', `${collectionOf(type, namespace)}/${name}`, { body }).catch((error: unknown) => {
    if (!(error instanceof ApiFailure && (error.status === 404 || error.status === 409))) throw error
  })
}

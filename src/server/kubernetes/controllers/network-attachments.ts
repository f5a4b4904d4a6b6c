import type { ClusterObject, KubernetesApi } from '../../../kubernetes-api/api.js'
import { ApiFailure } from '../../../kubernetes-api/failure.js'
import { networkAttachment, wantsNetworkAttachment } from '../../../kubernetes/controllers/network-attachment.js'
import type { Namespace } from '../../../kubernetes/objects.js'
import { fieldManager } from './apply.js'

const apiVersion = 'k8s.cni.cncf.io/v1'

/**
 * Makes or removes the NetworkAttachmentDefinition of a namespace. A cluster whose API server doesn't know the kind has no Multus, and
 * needs none of this.
 * @throws ApiFailure what can't be read or written: the namespace is to be looked at again
 */
export async function keepNetworkAttachment(namespace: Namespace, api: Pick<KubernetesApi, 'send'>): Promise<void> {
  const wanted = wantsNetworkAttachment(namespace)
  if (wanted === undefined) return
  const collection = `/apis/${apiVersion}/namespaces/${namespace.metadata?.name}/network-attachment-definitions`
  const path = `${collection}/${networkAttachment}`
  const there = await unless([404], api.send<ClusterObject>('GET', path))
  if (wanted === (there !== undefined)) return
  if (there) {
    // Another that came meanwhile isn't meant.
    await unless([404, 409], api.send('DELETE', path, { body: { preconditions: { uid: there.metadata.uid } } }))
    return
  }
  const body = { apiVersion, kind: 'NetworkAttachmentDefinition', metadata: { name: networkAttachment } }
  // Neither a missing kind nor one that somebody made meanwhile is a failure.
  await unless([404, 409], api.send('POST', collection, { body, query: { fieldManager } }))
}

/** The answer, or undefined where the API server refuses by one of the statuses. */
async function unless<T>(statuses: readonly number[], answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ApiFailure && statuses.includes(error.status)) return undefined
    throw error
  })
}

import { ClusterCache, madeTypes } from '../../src/kubernetes/controllers/cluster-cache.js'
import type { ControllerSettings, ObjectKey, WatchedKind } from '../../src/kubernetes/controllers/cluster-view.js'
import { clusterAddressesOf } from '../../src/kubernetes/controllers/mesh-outcome.js'
import { readObject } from '../../src/kubernetes/controllers/made-object.js'
import { networkAttachment, wantsNetworkAttachment } from '../../src/kubernetes/controllers/network-attachment.js'
import { outcomeOfPod } from '../../src/kubernetes/controllers/pod-outcome.js'
import { outcomeOfService } from '../../src/kubernetes/controllers/service-outcome.js'
import type { KubernetesObject } from '../../src/kubernetes/objects.js'
import { registry } from '../../src/translate/kinds.js'
import type { Answer } from './golden.js'

const defaults: ControllerSettings = {
  zone: 'default',
  systemNamespace: 'kuma-system',
  nodeLabelsToCopy: ['topology.kubernetes.io/zone'],
  workloadLabels: [],
  inboundTagsDisabled: false,
  ignoredServiceSelectorLabels: [],
  cniEnabled: false,
}

/** What controllers make of the Pods and Services among the objects; `of` names those that are gone. */
export const answerControllers: Answer = (objects, settings) => {
  const { gone = [], ...told } = (settings ?? {}) as {
    gone?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[]
  }
  const cache = new ClusterCache()
  for (const object of objects) {
    if (madeTypes.some((type) => type === object.kind)) cache.putMade(madeOf(object))
    else cache.put(object.kind as WatchedKind, object)
  }
  const all = { ...defaults, ...told }
  const asked = (kind: 'Pod' | 'Service'): readonly ObjectKey[] => [
    ...cache.list(kind).map(({ metadata }) => ({ name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' })),
    ...gone.filter((object) => object.kind === kind),
  ]
  const outcomes = [
    ...asked('Pod').map((key) => [`Pod ${key.namespace}/${key.name}`, outcomeOfPod(key, cache, all)] as const),
    ...asked('Service').map((key) => [`Service ${key.namespace}/${key.name}`, outcomeOfService(key, cache, all)] as const),
  ]
  const addresses = objects
    .filter(({ kind }) => kind === 'Mesh')
    .map(({ metadata }) => metadata?.name ?? '')
    .flatMap((mesh) => {
      const { clusterOutbounds = [] } = clusterAddressesOf(mesh, cache)?.spec ?? {}
      return clusterOutbounds.length > 0 ? [[`Mesh ${mesh}`, { clusterOutbounds }] as const] : []
    })
  const attachments = cache.list('Namespace').map((namespace) => {
    const wanted = wantsNetworkAttachment(namespace)
    return [`Namespace ${namespace.metadata?.name}`, { [networkAttachment]: wanted === undefined ? 'stays as it is' : wanted }] as const
  })
  return Object.fromEntries([
    ...outcomes.flatMap(([name, outcome]) => {
      const said = Object.entries(outcome).filter(([, list]) => list.length > 0)
      return said.length === 0 ? [] : [[name, Object.fromEntries(said)]]
    }),
    ...addresses,
    ...(all.cniEnabled ? attachments : []),
  ])
}

function madeOf(object: KubernetesObject) {
  const read = readObject(object, registry)
  if (!read.made) throw new Error(`${object.kind} ${object.metadata?.name}: ${JSON.stringify(read.refusal)}`)
  return read.made
}

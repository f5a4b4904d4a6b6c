import type { MadeType } from '../../../kubernetes/controllers/cluster-cache.js'
import type { WatchedKind } from '../../../kubernetes/controllers/cluster-view.js'

/** Where the API server has the objects that controllers follow. */
export const watchedPaths = {
  Pod: '/api/v1/pods',
  Service: '/api/v1/services',
  Namespace: '/api/v1/namespaces',
  Node: '/api/v1/nodes',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
} as const satisfies Partial<Record<WatchedKind, string>>

/** Owners of Pods are asked for one by one: clusters have many, and few tell anything. */
export const ownerPaths = {
  ReplicaSet: (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/replicasets/${name}`,
  Job: (namespace: string, name: string) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`,
} as const satisfies Partial<Record<WatchedKind, (namespace: string, name: string) => string>>

const kuma = '/apis/kuma.io/v1alpha1'

const plurals: Readonly<Record<MadeType, string>> = {
  Mesh: 'meshes',
  Dataplane: 'dataplanes',
  MeshService: 'meshservices',
  MeshZoneAddress: 'meshzoneaddresses',
  ZoneIngress: 'zoneingresses',
  ZoneEgress: 'zoneegresses',
}

/** Where all objects of a type are, or those of a namespace. */
export function collectionOf(type: MadeType, namespace?: string): string {
  return namespace === undefined ? `${kuma}/${plurals[type]}` : `${kuma}/namespaces/${namespace}/${plurals[type]}`
}

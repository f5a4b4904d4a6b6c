import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource, ResourceKey } from '../../core/resource.js'
import type { EndpointSlice, KubernetesObject, Namespace, Node, Pod, Service } from '../objects.js'

/** Objects that controllers look at, by kind. */
export interface WatchedObjects {
  readonly Pod: Pod
  readonly Service: Service
  readonly Namespace: Namespace
  readonly Node: Node
  readonly EndpointSlice: EndpointSlice
  readonly ReplicaSet: KubernetesObject
  readonly Job: KubernetesObject
}

export type WatchedKind = keyof WatchedObjects

/** A cluster as it is known now. */
export interface ClusterView {
  /** @param namespace left out for objects that are in none */
  get<K extends WatchedKind>(kind: K, name: string, namespace?: string): WatchedObjects[K] | undefined
  /** @param namespace left out: of all namespaces */
  list<K extends WatchedKind>(kind: K, namespace?: string): readonly WatchedObjects[K][]
  mesh(name: string): Resource<MeshSpec> | undefined
  /** A resource that controllers make, as it is stored. */
  stored(key: ResourceKey): Resource | undefined
  /** Resources of a type in a namespace. */
  storedIn(type: string, namespace: string): readonly Resource[]
  dataplanesOf(mesh: string): readonly Resource<DataplaneSpec>[]
}

export interface ObjectKey {
  readonly name: string
  readonly namespace: string
}

/** What controllers are told. */
export interface ControllerSettings {
  readonly zone: string
  /** Namespace of the control plane. */
  readonly systemNamespace: string
  readonly nodeLabelsToCopy: readonly string[]
  readonly workloadLabels: readonly string[]
  readonly inboundTagsDisabled: boolean
  /** Labels of selectors that don't count: a Pod that lacks only these is known to the Service, but gets nothing. */
  readonly ignoredServiceSelectorLabels: readonly string[]
  /** A CNI plugin redirects traffic: namespaces have what Multus needs to run it. */
  readonly cniEnabled: boolean
}

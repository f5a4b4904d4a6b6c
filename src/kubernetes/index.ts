/** Kubernetes as plain functions: what is injected into Pods, and what becomes of the objects of a cluster. No cluster is asked. */
export { type AdmissionRequest, type AdmissionResponse, type AdmissionStatus, requestOf, reviewOf } from './admission-review.js'
export type { CustomResourceDefinition, PrinterColumn } from './crd/custom-resource-definition.js'
export { type DefinitionOptions, definitions } from './crd/definition.js'
export type { StructuralSchema } from './crd/structural.js'
export { AnnotationFault } from './annotations.js'
export type { ContainerPatch, ContainerPatchStep } from './injector/container-patches.js'
export { type Decision, decideInjection } from './injector/decide.js'
export { type Injection, injectPod } from './injector/inject.js'
export { type InjectionAnswer, type InjectionFacts, reviewPod } from './injector/review.js'
export { ClusterCache, type Made, type MadeType, madeTypes } from './controllers/cluster-cache.js'
export type { ClusterView, ControllerSettings, ObjectKey, WatchedKind, WatchedObjects } from './controllers/cluster-view.js'
export { type Concerned, concernedBy } from './controllers/concerned.js'
export { type ReadObject, objectFor, readObject } from './controllers/made-object.js'
export type { Note, Outcome, Unwanted, WantedResource } from './controllers/outcome.js'
export { outcomeOfPod } from './controllers/pod-outcome.js'
export { outcomeOfService } from './controllers/service-outcome.js'
export {
  type ContainerResources,
  type InjectionContext,
  type InjectorSettings,
  type ProbeSettings,
  type SidecarSettings,
  defaultInjectorSettings,
} from './injector/settings.js'
export type { EndpointSlice, KubernetesObject, Namespace, Node, ObjectMeta, Pod, Service } from './objects.js'
export { admissionPaths, controlPlaneManifests, place, readInstallValues } from './install/index.js'
export type { InstallValues, Installed, Manifest, Permission, Placement, PlacementMaterial, ValuesFault } from './install/index.js'

import type { MeshServiceSpec } from '../../core/kinds/mesh-service.js'
import type { Resource } from '../../core/resource.js'
import { AnnotationFault } from '../annotations.js'
import type { EndpointSlice, Service } from '../objects.js'
import type { ClusterView, ControllerSettings, ObjectKey } from './cluster-view.js'
import { serviceNameLabel } from './endpoints.js'
import { madeOfService, managedBy, meshServicesOf } from './mesh-services.js'
import { type Note, type Outcome, nothing, warned } from './outcome.js'

/** The MeshServices that a Service is to have, and those that it has no longer. */
export function outcomeOfService(
  { name, namespace }: ObjectKey,
  view: ClusterView,
  { zone, inboundTagsDisabled }: ControllerSettings,
): Outcome {
  const service = view.get('Service', name, namespace)
  if (!service) return { ...nothing, unwanted: leftOver(name, namespace, new Set(), view, 'service is gone') }
  const ownNamespace = view.get('Namespace', namespace)
  // Its MeshServices go with it.
  if (!ownNamespace || ownNamespace.status?.phase === 'Terminating') return nothing
  try {
    const made = meshServicesOf(service, {
      namespace: ownNamespace,
      findMesh: (mesh) => view.mesh(mesh),
      slices: slicesOf(service, view),
      findPod: (pod, podNamespace) => view.get('Pod', pod, podNamespace),
      findMeshService: (mesh, meshService) =>
        view.stored({ type: 'MeshService', mesh, name: meshService }) as Resource<MeshServiceSpec> | undefined,
      zone,
      untagged: inboundTagsDisabled,
    })
    if (!made) return nothing
    const wanted = made.services.map(({ owner, ...resource }) => ({ resource, owner }))
    const kept = new Set(made.services.map((resource) => `${resource.mesh}/${resource.name}`))
    return {
      wanted,
      unwanted: leftOver(name, namespace, kept, view, 'the service no longer stands for it'),
      notes: made.services.length > 0 ? ignoredPorts(made.unsupportedPorts) : [],
    }
  } catch (error) {
    if (error instanceof AnnotationFault) return warned('FailedToGenerateMeshService', `Failed to generate MeshService: ${error.message}`)
    throw error
  }
}

function slicesOf({ metadata }: Service, view: ClusterView): readonly EndpointSlice[] {
  return view.list('EndpointSlice', metadata?.namespace).filter((slice) => slice.metadata?.labels?.[serviceNameLabel] === metadata?.name)
}

function leftOver(service: string, namespace: string, kept: ReadonlySet<string>, view: ClusterView, because: string) {
  const manager = 'kuma.io/managed-by'
  return view
    .storedIn('MeshService', namespace)
    .filter(({ labels }) => labels[madeOfService] === service && labels[manager] === managedBy[manager])
    .filter(({ mesh, name }) => !kept.has(`${mesh}/${name}`))
    .map(({ type, mesh, name }) => ({ key: { type, name, ...(mesh !== undefined && { mesh }) }, because }))
}

function ignoredPorts(ports: readonly string[]): readonly Note[] {
  return ports.length === 0
    ? []
    : [{ type: 'Normal', reason: 'IgnoredUnsupportedPort', message: `Ignored unsupported ports: ${ports.join(', ')}` }]
}

import type { MeshServiceSpec } from '../../core/kinds/mesh-service.js'
import type { Resource } from '../../core/resource.js'
import { AnnotationFault } from '../annotations.js'
import type { EndpointSlice, Namespace, Service } from '../objects.js'
import type { ClusterView, ControllerSettings, ObjectKey } from './cluster-view.js'
import { serviceNameLabel } from './endpoints.js'
import { isManaged, madeOfService, meshServicesOf } from './mesh-services.js'
import { leftOver as withoutAddress, meshZoneAddressOutcome, meshZoneAddressesOf } from './mesh-zone-address.js'
import { type Note, type Outcome, nothing, warned } from './outcome.js'

/** The MeshServices and the MeshZoneAddress that a Service is to have, and those that it has no longer. */
export function outcomeOfService({ name, namespace }: ObjectKey, view: ClusterView, settings: ControllerSettings): Outcome {
  const service = view.get('Service', name, namespace)
  if (!service) {
    const because = 'service is gone'
    const addresses = withoutAddress(meshZoneAddressesOf(name, namespace, view), because)
    return { ...nothing, unwanted: [...leftOver(name, namespace, new Set(), view, because), ...addresses] }
  }
  const ownNamespace = view.get('Namespace', namespace)
  // What was made of it goes with it.
  if (!ownNamespace || ownNamespace.status?.phase === 'Terminating') return nothing
  const slices = slicesOf(service, view)
  const services = meshServicesOutcome(service, ownNamespace, slices, view, settings)
  const address = meshZoneAddressOutcome(service, { namespace: ownNamespace, slices, zone: settings.zone }, view)
  return {
    wanted: [...services.wanted, ...address.wanted],
    unwanted: [...services.unwanted, ...address.unwanted],
    notes: [...services.notes, ...address.notes],
  }
}

function meshServicesOutcome(
  service: Service,
  ownNamespace: Namespace,
  slices: readonly EndpointSlice[],
  view: ClusterView,
  { zone, inboundTagsDisabled }: ControllerSettings,
): Outcome {
  const { name = '', namespace = '' } = service.metadata ?? {}
  try {
    const made = meshServicesOf(service, {
      namespace: ownNamespace,
      findMesh: (mesh) => view.mesh(mesh),
      slices,
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
  return view
    .storedIn('MeshService', namespace)
    .filter(({ labels }) => labels[madeOfService] === service && isManaged({ labels }))
    .filter(({ mesh, name }) => !kept.has(`${mesh}/${name}`))
    .map(({ type, mesh, name }) => ({ key: { type, name, ...(mesh !== undefined && { mesh }) }, because }))
}

function ignoredPorts(ports: readonly string[]): readonly Note[] {
  return ports.length === 0
    ? []
    : [{ type: 'Normal', reason: 'IgnoredUnsupportedPort', message: `Ignored unsupported ports: ${ports.join(', ')}` }]
}

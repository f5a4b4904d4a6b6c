import { MeshService, type MeshServiceSpec } from '../../core/kinds/mesh-service.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { booleanOf, names, switchOf } from '../annotations.js'
import { meshOf } from '../mesh-of.js'
import type { EndpointSlice, Labels, Namespace, OwnerReference, Pod, Service } from '../objects.js'
import { type PodEndpoint, podEndpoints } from './endpoints.js'
import { isTcp } from './container-port.js'
import { leadsToZoneProxy } from './listeners.js'
import { madeLabels } from './labels.js'
import { longestHash, nameHash } from './name-hash.js'
import type { Derived } from './dataplane.js'

/** What MeshServices are made from, beside their Service. */
export interface ServiceFacts {
  readonly namespace: Namespace
  findMesh(name: string): Resource<MeshSpec> | undefined
  /** EndpointSlices of the Service. */
  readonly slices: readonly EndpointSlice[]
  findPod(name: string, namespace: string): Pod | undefined
  /** A MeshService as it is stored: its state and identities are not the Service's to say. */
  findMeshService(mesh: string, name: string): Resource<MeshServiceSpec> | undefined
  readonly zone: string
  /** Proxies are found by labels, not by tags. */
  readonly untagged: boolean
}

/** A MeshService that is to be stored, and the object that it goes with. */
export interface DerivedMeshService extends Derived<MeshServiceSpec> {
  readonly status: unknown
  readonly owner: OwnerReference
}

/** What becomes of a Service: all MeshServices that are to be there. */
export interface MeshServicesOf {
  readonly services: readonly DerivedMeshService[]
  /** Ports of it that are none of the mesh's. */
  readonly unsupportedPorts: readonly string[]
}

/** Marks what is made of a Service. */
export const madeOfService = 'k8s.kuma.io/service-name'
export const managedBy = { 'kuma.io/managed-by': 'k8s-controller' } as const

/** Whether controllers made a resource, and not people. */
export const isManaged = ({ labels }: Pick<Resource, 'labels'>): boolean => labels['kuma.io/managed-by'] === managedBy['kuma.io/managed-by']

const longestName = 63

/**
 * The MeshServices of a Service: one, or of a headless one each instance's. None where it is no service of a mesh; undefined as long as it
 * has no address: what is there stays.
 * @throws AnnotationFault
 */
export function meshServicesOf(service: Service, facts: ServiceFacts): MeshServicesOf | undefined {
  const mesh = meshOfService(service, facts)
  const endpoints = podEndpoints(service, facts.slices)
  if (mesh === undefined || isForGateway(endpoints, facts)) return { services: [], unsupportedPorts: [] }
  const { clusterIP } = service.spec ?? {}
  if (!clusterIP) return undefined
  const services =
    clusterIP === 'None' ? endpoints.map((pod) => ofInstance(service, mesh, pod, facts)) : [ofService(service, mesh, clusterIP, facts)]
  const unsupportedPorts = (service.spec?.ports ?? []).filter((port) => !isTcp(port)).map(({ name, port }) => name || String(port))
  return { services, unsupportedPorts }
}

function meshOfService(service: Service, { namespace, findMesh }: ServiceFacts): string | undefined {
  const { labels, annotations } = service.metadata ?? {}
  if (labels?.[names.mesh] === undefined && !switchOf(namespace.metadata?.labels, names.sidecarInjection)) return undefined
  if (leadsToZoneProxy(service) || annotations?.[names.gateway] !== undefined || booleanOf(annotations, names.ignore)) return undefined
  const mesh = findMesh(meshOf(service, namespace))
  return (mesh?.spec.meshServices?.mode ?? 'Disabled') === 'Disabled' ? undefined : mesh?.name
}

/** Delegated gateways are told by their Pods. The first that is there decides. */
function isForGateway(endpoints: readonly PodEndpoint[], { findPod }: ServiceFacts): boolean {
  const [pod] = endpoints.flatMap(({ name, namespace }) => findPod(name, namespace) ?? [])
  return pod?.metadata?.annotations?.[names.gateway] !== undefined
}

function ofService(service: Service, mesh: string, clusterIP: string, facts: ServiceFacts): DerivedMeshService {
  const { name = '', namespace = '', uid = '' } = service.metadata ?? {}
  const wanted: Labels = { ...service.spec?.selector, 'k8s.kuma.io/namespace': namespace }
  return derived(service, mesh, facts, {
    name: `${name}.${namespace}`,
    labels: { 'k8s.kuma.io/is-headless-service': 'false' },
    selector: facts.untagged ? { dataplaneLabels: { matchLabels: wanted } } : { dataplaneTags: wanted },
    addresses: [clusterIP],
    owner: { apiVersion: 'v1', kind: 'Service', name, uid },
  })
}

const places = ['statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index']

function ofInstance(service: Service, mesh: string, endpoint: PodEndpoint, facts: ServiceFacts): DerivedMeshService {
  const { name, namespace, uid, addresses } = endpoint
  const place = Object.entries(facts.findPod(name, namespace)?.metadata?.labels ?? {}).filter(([label]) => places.includes(label))
  return derived(service, mesh, facts, {
    name: `${instanceName(service, name)}.${namespace}`,
    labels: { 'k8s.kuma.io/is-headless-service': 'true', ...Object.fromEntries(place) },
    selector: { dataplaneRef: { name: `${name}.${namespace}` } },
    addresses,
    owner: { apiVersion: 'v1', kind: 'Pod', name, uid },
  })
}

/** Instances of two Services can have the same name: the hash tells them apart. A name that gets too long is cut, and hashed too. */
function instanceName({ metadata }: Service, pod: string): string {
  const of = [metadata?.name ?? '', metadata?.namespace ?? '']
  const space = longestName - longestHash - 1
  return pod.length > space ? `${pod.slice(0, space)}-${nameHash(...of, pod)}` : `${pod}-${nameHash(...of)}`
}

interface Own {
  readonly name: string
  readonly labels: Labels
  readonly selector: MeshServiceSpec['selector']
  readonly addresses: readonly string[]
  readonly owner: OwnerReference
}

function derived(
  { metadata, spec }: Service,
  mesh: string,
  facts: ServiceFacts,
  { name, labels, selector, addresses, owner }: Own,
): DerivedMeshService {
  const { spec: before, status } = facts.findMeshService(mesh, name) ?? {}
  const ports = (spec?.ports ?? []).filter(isTcp).map(({ name: portName, port, targetPort, appProtocol }) => ({
    name: portName || String(port),
    port,
    targetPort: targetPort ?? port,
    appProtocol: appProtocol ?? 'tcp',
  }))
  const meshService: MeshServiceSpec = { state: 'Unavailable', ...before, selector, ports }
  const given = { ...metadata?.labels, [names.mesh]: mesh, [madeOfService]: metadata?.name ?? '', ...managedBy, ...labels }
  return {
    type: 'MeshService',
    mesh,
    name,
    labels: madeLabels(MeshService, given, { zone: facts.zone, namespace: metadata?.namespace ?? '', mesh, spec: meshService }),
    spec: meshService,
    status: { ...(status as object | undefined), vips: addresses.map((ip) => ({ ip })) },
    owner,
  }
}

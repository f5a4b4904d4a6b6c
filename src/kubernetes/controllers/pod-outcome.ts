import type { ZoneEgressSpec } from '../../core/kinds/zone-egress.js'
import type { ZoneIngressSpec } from '../../core/kinds/zone-ingress.js'
import type { Resource } from '../../core/resource.js'
import { AnnotationFault, names, switchOf } from '../annotations.js'
import { meshOf } from '../mesh-of.js'
import type { OwnerReference, Pod, Service } from '../objects.js'
import { builtinGatewayOf } from './builtin-gateway.js'
import type { ClusterView, ControllerSettings, ObjectKey } from './cluster-view.js'
import { type Derived, dataplaneOf, resourceName } from './dataplane.js'
import { servicesOf } from './endpoints.js'
import { leadsToZoneProxy } from './listeners.js'
import { type Note, type Outcome, nothing, warned } from './outcome.js'
import { podFate } from './pod-fate.js'
import { zoneEgressOf, zoneIngressOf } from './zone-proxies.js'

const failed = 'FailedToGenerateKumaDataplane'
const proxyTypes = ['Dataplane', 'ZoneIngress', 'ZoneEgress'] as const

/** What a Pod is to have: the resource of a proxy, or none. */
export function outcomeOfPod({ name, namespace }: ObjectKey, view: ClusterView, settings: ControllerSettings): Outcome {
  const pod = view.get('Pod', name, namespace)
  if (!pod)
    return { ...nothing, unwanted: proxyTypes.flatMap((type) => gone(type, { metadata: { name, namespace } }, view, 'pod is gone')) }
  try {
    const fate = podFate(pod, view.get('Namespace', namespace), settings.systemNamespace)
    if (fate.has === 'nothing-to-do') return nothing
    if (fate.has === 'none') return { ...nothing, unwanted: gone(fate.type, pod, view, fate.because) }
    return fate.has === 'Dataplane' || fate.has === 'BuiltinGateway'
      ? dataplaneOutcome(pod, fate.has === 'BuiltinGateway', view, settings)
      : zoneProxyOutcome(pod, fate.has, view, settings)
  } catch (error) {
    // What was made before stays: a proxy is not taken from the mesh for a mistake in its Pod.
    if (error instanceof AnnotationFault) return warned(failed, `Failed to generate Kuma Dataplane: ${error.message}`)
    throw error
  }
}

function gone(type: (typeof proxyTypes)[number], pod: Pod, view: ClusterView, because: string) {
  const stored = view.storedIn(type, pod.metadata?.namespace ?? '').filter(({ name }) => name === resourceName(pod))
  return stored.map(({ mesh, name }) => ({ key: { type, name, ...(mesh !== undefined && { mesh }) }, because }))
}

function dataplaneOutcome(pod: Pod, builtin: boolean, view: ClusterView, settings: ControllerSettings): Outcome {
  const name = meshOf(pod, view.get('Namespace', pod.metadata?.namespace ?? ''))
  const mesh = view.mesh(name)
  if (!mesh) return warned(failed, `Failed to generate Kuma Dataplane: there is no Mesh "${name}"`)
  const stored = view.storedIn('Dataplane', pod.metadata?.namespace ?? '').filter((one) => one.name === resourceName(pod))
  const previousLabels = stored.find((one) => one.mesh === name)?.labels
  const elsewhere = stored.filter((one) => one.mesh !== name)
  const services = builtin ? [] : servicesFor(pod, view, settings)
  const { zone } = settings
  const resource = builtin
    ? builtinGatewayOf(pod, { zone, mesh: name, previousLabels })
    : dataplaneOf(pod, {
        zone,
        mesh,
        services,
        node: view.get('Node', pod.spec?.nodeName ?? ''),
        findOwner: (kind, owner) => (kind === 'ReplicaSet' || kind === 'Job' ? view.get(kind, owner, pod.metadata?.namespace) : undefined),
        settings,
        previousLabels,
      })
  return {
    ...wants(pod, resource),
    unwanted: elsewhere.map(({ type, mesh: old, name: same }) => ({
      key: { type, name: same, mesh: old },
      because: `pod is in mesh ${name}`,
    })),
    notes: mesh.spec.meshServices?.mode === 'Exclusive' ? [] : withoutListeners(services),
  }
}

function withoutListeners(services: readonly Service[]): readonly Note[] {
  if (!services.some(leadsToZoneProxy)) return []
  const message =
    'Zone proxy Services found but spec.meshServices.mode is not set to Exclusive; set spec.meshServices.mode: Exclusive on the Mesh to enable zone proxy listener generation'
  return [{ type: 'Warning', reason: 'ZoneProxyListenersSkipped', message }]
}

function zoneProxyOutcome(pod: Pod, type: 'ZoneIngress' | 'ZoneEgress', view: ClusterView, settings: ControllerSettings): Outcome {
  const previous = view.stored({ type, name: resourceName(pod) })
  const facts = { zone: settings.zone, services: servicesFor(pod, view, settings), nodes: view.list('Node') }
  const resource =
    type === 'ZoneIngress'
      ? zoneIngressOf(pod, { ...facts, ...(previous && { previous: previous as Resource<ZoneIngressSpec> }) })
      : zoneEgressOf(pod, { ...facts, ...(previous && { previous: previous as Resource<ZoneEgressSpec> }) })
  return wants(pod, resource)
}

function servicesFor(pod: Pod, view: ClusterView, { ignoredServiceSelectorLabels }: ControllerSettings): readonly Service[] {
  const namespace = pod.metadata?.namespace
  return servicesOf(pod, view.list('Service', namespace), view.list('EndpointSlice', namespace), isIgnored, ignoredServiceSelectorLabels)
}

/** A value that can't be read is no reason to ignore a Service. */
function isIgnored({ metadata }: Service): boolean {
  try {
    return switchOf(metadata?.annotations, names.ignore) ?? false
  } catch {
    return false
  }
}

function wants(pod: Pod, resource: Derived<unknown>): Outcome {
  return { ...nothing, wanted: [{ resource, owner: ownerOf(pod) }] }
}

function ownerOf({ metadata }: Pod): OwnerReference {
  const { name = '', uid = '' } = metadata ?? {}
  return { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true }
}

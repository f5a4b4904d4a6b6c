import { Dataplane, type DataplaneNetworking, type DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { AnnotationFault, type Values, names, numberOf } from '../annotations.js'
import type { Labels, Node, Pod, Service } from '../objects.js'
import { type InboundSources, inboundsOf, oncePerPort } from './inbounds.js'
import { madeLabels } from './labels.js'
import { leadsToZoneProxy, listenersOf } from './listeners.js'
import { metricsOf } from './metrics.js'
import { type OutboundSources, outboundsOf } from './outbounds.js'
import { type FindOwner, ownerName } from './owner-name.js'
import { probesOf } from './probes.js'
import { transparentProxyingOf } from './transparent-proxying.js'

/** What a Dataplane is made from, beside its Pod. */
export interface PodFacts {
  readonly zone: string
  readonly mesh: Resource<MeshSpec>
  /** Services that lead to the Pod, by name. */
  readonly services: readonly Service[]
  /** The Pod's node. */
  readonly node?: Node
  readonly findOwner: FindOwner
  /** What proxies dial by cluster IPs; absent where they find services otherwise. */
  readonly outbounds?: Omit<OutboundSources, 'reachable'>
  readonly settings: PodSettings
  /** The Dataplane's labels so far. */
  readonly previousLabels?: Labels
}

export interface PodSettings {
  /** Labels of nodes that tell where a Pod is. */
  readonly nodeLabelsToCopy: readonly string[]
  /** Labels of Pods that name their workload, the first that is there; else the service account does. */
  readonly workloadLabels: readonly string[]
  /** Inbounds get no tags: MeshServices find proxies by labels. */
  readonly inboundTagsDisabled: boolean
}

/** A resource that is to be stored: the parts that a Pod decides. */
export type Derived<Spec> = Pick<Resource<Spec>, 'type' | 'mesh' | 'name' | 'labels' | 'spec'>

/** The name under which what is made of a namespaced object is known. */
export const resourceName = ({ metadata }: Pod): string => `${metadata?.name}.${metadata?.namespace}`

/** The Dataplane of an injected Pod. @throws AnnotationFault for what the Pod or its Services say wrongly */
export function dataplaneOf(pod: Pod, facts: PodFacts): Derived<DataplaneSpec> {
  const { zone, mesh, node, settings, previousLabels } = facts
  const nodeLabels = copied(node, settings.nodeLabelsToCopy)
  const spec = dataplaneSpec(pod, facts, nodeLabels)
  const { serviceAccountName: serviceAccount } = pod.spec ?? {}
  const given = { ...previousLabels, ...pod.metadata?.labels, ...(settings.inboundTagsDisabled && nodeLabels), 'kuma.io/mesh': mesh.name }
  const labels = madeLabels(Dataplane, given, {
    zone,
    namespace: pod.metadata?.namespace ?? '',
    mesh: mesh.name,
    spec,
    serviceAccount,
    workload: settings.workloadLabels.map((label) => pod.metadata?.labels?.[label]).find(Boolean) ?? serviceAccount,
  })
  return { type: 'Dataplane', mesh: mesh.name, name: resourceName(pod), labels, spec }
}

function copied(node: Node | undefined, wanted: readonly string[]): Labels {
  const labels = Object.entries(node?.metadata?.labels ?? {}).filter(([name]) => wanted.includes(name))
  return Object.fromEntries(labels)
}

function dataplaneSpec(pod: Pod, facts: PodFacts, nodeLabels: Labels): DataplaneSpec {
  const annotations = pod.metadata?.annotations ?? {}
  const transparentProxying = transparentProxyingOf(annotations)
  const adminPort = numberOf(annotations, names.envoyAdminPort)
  const outbound = facts.outbounds && outboundsOf(pod, { ...facts.outbounds, reachable: transparentProxying?.reachableServices ?? [] })
  const inbound = servedBy(pod, annotations, facts, { ...facts, nodeLabels, untagged: facts.settings.inboundTagsDisabled })
  const idle = inbound.listeners !== undefined && inbound.inbound === undefined && inbound.gateway === undefined
  const metrics = metricsOf(annotations)
  const probes = probesOf(pod, annotations)
  return {
    networking: {
      address: pod.status?.podIP ?? '',
      ...inbound,
      ...(outbound && outbound.length > 0 && { outbound: [...outbound] }),
      ...(transparentProxying && { transparentProxying }),
      // A zone proxy alone dials what it is asked for, and nothing of its own.
      ...(idle && !transparentProxying?.reachableBackends && { transparentProxying: { ...transparentProxying, reachableBackends: {} } }),
      ...(adminPort !== undefined && { admin: { port: adminPort } }),
    },
    ...(metrics && { metrics }),
    ...(probes && { probes }),
  }
}

type Served = Pick<DataplaneNetworking, 'gateway' | 'inbound' | 'listeners'>

function servedBy(pod: Pod, annotations: Values, { mesh, services }: PodFacts, sources: InboundSources): Served {
  const gateway = annotations[names.gateway]
  if (gateway !== undefined) return { gateway: { tags: gatewayTags(pod, gateway, sources) } }
  const regular = services.filter((service) => !leadsToZoneProxy(service))
  const exclusive = mesh.spec.meshServices?.mode === 'Exclusive'
  const served = regular.length > 0 || regular.length === services.length ? inboundsOf(pod, { ...sources, services: regular }) : []
  // Only without tags do two inbounds of one port say the same.
  const inbound = exclusive && sources.untagged ? oncePerPort(served) : served
  const listeners = exclusive ? listenersOf(pod, services.filter(leadsToZoneProxy)) : []
  return { ...(inbound.length > 0 && { inbound: [...inbound] }), ...(listeners.length > 0 && { listeners: [...listeners] }) }
}

function gatewayTags(pod: Pod, gateway: string, sources: InboundSources): Labels {
  if (gateway !== 'enabled' && gateway !== 'provided') {
    throw new AnnotationFault(
      `annotation "${names.gateway}": invalid delegated gateway type '${gateway}'; allowed are enabled, provided, builtin`,
    )
  }
  const owner = gateway === 'provided' ? ownerName(pod, sources.findOwner) : undefined
  if (owner?.kind === 'Deployment') return { 'kuma.io/service-name': `${owner.name}_${pod.metadata?.namespace}_svc` }
  return inboundsOf(pod, sources)[0]?.tags ?? {}
}

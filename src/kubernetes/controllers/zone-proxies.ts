import type { Kind } from '../../core/kind.js'
import { ZoneEgress, type ZoneEgressSpec } from '../../core/kinds/zone-egress.js'
import { ZoneIngress, type ZoneIngressSpec } from '../../core/kinds/zone-ingress.js'
import { AnnotationFault, type Values, names, numberOf } from '../annotations.js'
import type { Labels, Node, Pod, Service } from '../objects.js'
import { type Derived, resourceName } from './dataplane.js'
import { inboundsOf, oncePerPort } from './inbounds.js'
import { madeLabels } from './labels.js'

/** What a zone proxy is made from, beside its Pod. */
export interface ZoneProxyFacts<Spec> {
  readonly zone: string
  readonly services: readonly Service[]
  /** All nodes: the first tells where a NodePort can be reached. */
  readonly nodes: readonly Node[]
  /** As stored: an ingress keeps the services that it has found. */
  readonly previous?: { readonly labels: Labels; readonly spec: Spec }
}

interface Coordinates {
  readonly advertisedAddress: string
  readonly advertisedPort: number
}

/** The ZoneIngress of a Pod that is marked as one. @throws AnnotationFault */
export function zoneIngressOf(pod: Pod, facts: ZoneProxyFacts<ZoneIngressSpec>): Derived<ZoneIngressSpec> {
  const { previous } = facts
  const { port, service } = onlyPort(pod, facts.services, 'ingress')
  const coordinates = coordinatesOf(pod.metadata?.annotations ?? {}, service, facts.nodes)
  const networking = { ...previous?.spec.networking, ...networkingOf(pod, port), ...coordinates }
  return derived(pod, ZoneIngress, facts, { ...previous?.spec, networking })
}

/** The ZoneEgress of a Pod that is marked as one. @throws AnnotationFault */
export function zoneEgressOf(pod: Pod, facts: ZoneProxyFacts<ZoneEgressSpec>): Derived<ZoneEgressSpec> {
  const { previous, zone } = facts
  const { port } = onlyPort(pod, facts.services, 'egress')
  return derived(pod, ZoneEgress, facts, {
    ...previous?.spec,
    zone,
    networking: { ...previous?.spec.networking, ...networkingOf(pod, port) },
  })
}

function derived<Spec>(pod: Pod, kind: Kind<Spec>, { zone, previous }: ZoneProxyFacts<Spec>, spec: Spec): Derived<Spec> {
  const labels = madeLabels(
    kind as Kind,
    { ...previous?.labels, ...pod.metadata?.labels },
    {
      zone,
      namespace: pod.metadata?.namespace ?? '',
      spec,
      serviceAccount: pod.spec?.serviceAccountName,
    },
  )
  return { type: kind.type, name: resourceName(pod), labels, spec }
}

function networkingOf(pod: Pod, port: number) {
  const adminPort = numberOf(pod.metadata?.annotations, names.envoyAdminPort)
  return { address: pod.status?.podIP ?? '', port, ...(adminPort !== undefined && { admin: { port: adminPort } }) }
}

function onlyPort(pod: Pod, services: readonly Service[], what: string): { readonly port: number; readonly service: Service } {
  const [service] = services
  if (!service || services.length !== 1) {
    throw new AnnotationFault(`${what} should be matched by exactly one service. Matched ${services.length} services`)
  }
  const inbounds = oncePerPort(inboundsOf(pod, { services, zone: '', nodeLabels: {}, untagged: true, findOwner: () => undefined }))
  const [inbound] = inbounds
  if (inbound?.port && inbounds.length === 1) return { port: inbound.port, service }
  const ports = inbounds.map(({ port }) => port).join(', ')
  throw new AnnotationFault(
    `generated ${inbounds.length} inbound interfaces, expected 1: service ${service.metadata?.name} leads to ports ${ports}`,
  )
}

/** Where other zones reach an ingress: as its annotations say, else as its Service does. */
function coordinatesOf(annotations: Values, service: Service, nodes: readonly Node[]): Coordinates | undefined {
  const address = annotations[names.ingressPublicAddress]
  const port = numberOf(annotations, names.ingressPublicPort)
  if ((address === undefined) !== (port === undefined)) {
    throw new AnnotationFault(`both ${names.ingressPublicAddress} and ${names.ingressPublicPort} has to be defined`)
  }
  if (address !== undefined && port !== undefined) return { advertisedAddress: address, advertisedPort: port }
  const type = service.spec?.type
  if (type === 'LoadBalancer') return ofLoadBalancer(service)
  return type === 'NodePort' ? ofNode(service, nodes) : undefined
}

function ofLoadBalancer({ spec, status }: Service): Coordinates | undefined {
  const { ip, hostname } = status?.loadBalancer?.ingress?.[0] ?? {}
  const address = ip || hostname
  return address ? { advertisedAddress: address, advertisedPort: spec?.ports?.[0]?.port ?? 0 } : undefined
}

/** Where the first node is reached: an address that is reached from outside comes first. */
export function nodeAddressOf([node]: readonly Node[]): string | undefined {
  const addresses = node?.status?.addresses ?? []
  return ['ExternalIP', 'InternalIP'].map((type) => addresses.find((one) => one.type === type)).find((one) => one !== undefined)?.address
}

function ofNode({ spec }: Service, nodes: readonly Node[]): Coordinates {
  const advertisedAddress = nodeAddressOf(nodes)
  if (advertisedAddress !== undefined) return { advertisedAddress, advertisedPort: spec?.ports?.[0]?.nodePort ?? 0 }
  throw new AnnotationFault(nodes.length === 0 ? 'there are no nodes' : 'could not find valid Node address for Ingress publicAddress')
}

import { parseProtocol } from '../../translate/protocol.js'
import { isDelegatedGateway } from '../annotations.js'
import type { Labels, Pod, Service, ServicePort } from '../objects.js'

/** What tags are made from beside the Pod and its Service. */
export interface TagSources {
  readonly zone: string
  /** Labels of the Pod's node that are to be tags too. */
  readonly nodeLabels: Labels
}

export const isHeadless = ({ spec }: Service): boolean => spec?.clusterIP === 'None'

/** The value of `kuma.io/service` for a port of a Service. */
export function serviceTag({ metadata }: Service, port: number): string {
  return `${metadata?.name}_${metadata?.namespace}_svc_${port}`
}

/**
 * The protocol of a Service's port: `appProtocol` where that is one that Kuma knows, else the annotation `<port>.service.kuma.io/protocol`,
 * whatever it says, else `tcp`.
 */
export function protocolOf(service: Service, { port, appProtocol }: ServicePort): string {
  const known = appProtocol !== undefined && parseProtocol(appProtocol) !== 'unknown' ? appProtocol : ''
  return (known || service.metadata?.annotations?.[`${port}.service.kuma.io/protocol`] || 'tcp').toLowerCase()
}

/** Tags of an inbound that a Service's port leads to. */
export function tagsForService(pod: Pod, service: Service, servicePort: ServicePort, { zone, nodeLabels }: TagSources): Labels {
  const labels = Object.entries(pod.metadata?.labels ?? {}).filter(([name, value]) => value !== '' && !name.includes('kuma.io/'))
  const protocol = protocolOf(service, servicePort)
  return {
    ...Object.fromEntries(labels),
    'k8s.kuma.io/namespace': pod.metadata?.namespace ?? '',
    'k8s.kuma.io/service-name': service.metadata?.name ?? '',
    'k8s.kuma.io/service-port': String(servicePort.port),
    'kuma.io/service': serviceTag(service, servicePort.port),
    ...(zone && { 'kuma.io/zone': zone }),
    ...nodeLabels,
    // A gateway's own protocol is nobody's business but its own.
    ...((protocol === 'tcp' || !isDelegatedGateway(pod.metadata?.annotations)) && { 'kuma.io/protocol': protocol }),
    ...(isHeadless(service) && { 'kuma.io/instance': pod.metadata?.name ?? '' }),
  }
}

/** Tags of the inbound of a Pod that no Service selects. */
export function tagsForPod({ metadata }: Pod, workload: string, { zone, nodeLabels }: TagSources): Labels {
  return {
    ...Object.fromEntries(Object.entries(metadata?.labels ?? {}).filter(([, value]) => value !== '')),
    'k8s.kuma.io/namespace': metadata?.namespace ?? '',
    'kuma.io/service': `${workload}_${metadata?.namespace}_svc`,
    ...(zone && { 'kuma.io/zone': zone }),
    'kuma.io/protocol': 'tcp',
    'kuma.io/instance': metadata?.name ?? '',
    ...nodeLabels,
  }
}

import type { DataplaneNetworking } from '../../core/kinds/dataplane.js'
import { AnnotationFault, names } from '../annotations.js'
import type { Pod, Service } from '../objects.js'
import { containerPortOf, isTcp } from './container-port.js'
import { isServing } from './readiness.js'

type Listener = NonNullable<DataplaneNetworking['listeners']>[number]

const types: Readonly<Record<string, 'ZoneIngress' | 'ZoneEgress'>> = { ingress: 'ZoneIngress', egress: 'ZoneEgress' }

/** Whether a Service leads to a zone proxy and not to an application. */
export const leadsToZoneProxy = ({ metadata }: Service): boolean => metadata?.labels?.[names.zoneProxyType] !== undefined

/** The zone proxies of a mesh that Services say a Pod is. @throws AnnotationFault where they contradict each other */
export function listenersOf(pod: Pod, services: readonly Service[]): readonly Listener[] {
  const found = new Map<number, { readonly service: Service; readonly listener: Listener }>()
  for (const service of services) {
    for (const listener of listenersFor(pod, service)) {
      const other = found.get(listener.port ?? 0)
      if (!other) found.set(listener.port ?? 0, { service, listener })
      else if (other.listener.type !== listener.type) throw contradiction(listener, other.service, service)
    }
  }
  return [...found.values()].map(({ listener }) => listener)
}

function listenersFor(pod: Pod, service: Service): readonly Listener[] {
  const type = typeOf(service)
  return (service.spec?.ports ?? []).filter(isTcp).flatMap((servicePort) => {
    const target = containerPortOf(pod, servicePort)
    if (!target) return []
    const ready = isServing(pod, target.container)
    const name = servicePort.name || String(servicePort.port)
    return [{ type, address: pod.status?.podIP, port: target.port, name, ...(!ready && { state: 'NotReady' as const }) }]
  })
}

function typeOf({ metadata }: Service): 'ZoneIngress' | 'ZoneEgress' {
  const value = metadata?.labels?.[names.zoneProxyType] ?? ''
  const type = Object.hasOwn(types, value) ? types[value] : undefined
  if (type) return type
  throw new AnnotationFault(
    `service ${metadata?.namespace}/${metadata?.name} has invalid ${names.zoneProxyType} label value "${value}"; allowed: "ingress", "egress"`,
  )
}

function contradiction({ port }: Listener, one: Service, other: Service): AnnotationFault {
  return new AnnotationFault(
    `conflicting listener types on port ${port}: services "${one.metadata?.name}" and "${other.metadata?.name}" have different ` +
      `${names.zoneProxyType} labels, please remove one of the Services`,
  )
}

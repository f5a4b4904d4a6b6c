import type { DataplaneInbound } from '../../core/kinds/dataplane.js'
import { serviceLessPort } from '../../translate/proxy.js'
import { sidecarName } from '../injector/decide.js'
import type { Pod, Service, ServicePort } from '../objects.js'
import { hasLabels } from '../selector.js'
import { containerPortOf, isTcp } from './container-port.js'
import { type TagSources, protocolOf, tagsForPod, tagsForService } from './inbound-tags.js'
import { type FindOwner, ownerName } from './owner-name.js'
import { isContainerReady, isServing, isSidecarReady } from './readiness.js'

export interface InboundSources extends TagSources {
  /** Services that lead to the Pod, by name. */
  readonly services: readonly Service[]
  readonly findOwner: FindOwner
  /** Services find proxies by labels: inbounds need no tags. */
  readonly untagged: boolean
}

/** An inbound for each TCP port of each Service that leads to the Pod; one at a port that nobody can dial where there is none. */
export function inboundsOf(pod: Pod, sources: InboundSources): readonly DataplaneInbound[] {
  const inbounds = sources.services
    // An ExternalName leads away, whatever its selector says.
    .filter(({ spec }) => spec?.type !== 'ExternalName')
    .flatMap((service) => (service.spec?.ports ?? []).filter(isTcp).flatMap((port) => inboundFor(pod, service, port, sources)))
  return inbounds.length > 0 ? inbounds : [withoutService(pod, sources)]
}

/** The first of the inbounds of each port. */
export function oncePerPort(inbounds: readonly DataplaneInbound[]): readonly DataplaneInbound[] {
  return inbounds.filter(({ port }, i) => inbounds.findIndex((other) => other.port === port) === i)
}

function inboundFor(pod: Pod, service: Service, servicePort: ServicePort, sources: InboundSources): readonly DataplaneInbound[] {
  const target = containerPortOf(pod, servicePort)
  if (!target) return []
  const ready = isServing(pod, target.container)
  // A Service selects it but for a label that doesn't count: the proxy is to know, callers not to come.
  const ignored = !hasLabels(pod.metadata?.labels, service.spec?.selector ?? {})
  return [
    {
      port: target.port,
      ...(target.name && { name: target.name }),
      ...(!sources.untagged && { tags: tagsForService(pod, service, servicePort, sources) }),
      ...stateOf(ready && !ignored, ignored ? 'Ignored' : 'NotReady'),
      protocol: protocolOf(service, servicePort),
    },
  ]
}

function withoutService(pod: Pod, sources: InboundSources): DataplaneInbound {
  const others = (pod.spec?.containers ?? []).filter(({ name }) => name !== sidecarName)
  const ready = others.every((container) => isContainerReady(pod, container)) && isSidecarReady(pod)
  return {
    port: serviceLessPort,
    ...(!sources.untagged && { tags: tagsForPod(pod, ownerName(pod, sources.findOwner).name, sources) }),
    ...stateOf(ready, 'NotReady'),
    protocol: 'tcp',
  }
}

/** Older proxies know `health` alone. */
function stateOf(ready: boolean, otherwise: 'NotReady' | 'Ignored'): Pick<DataplaneInbound, 'health' | 'state'> {
  return ready ? { health: { ready: true } } : { health: {}, state: otherwise }
}

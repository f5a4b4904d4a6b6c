import { names, switchOf } from '../annotations.js'
import type { Namespace, Pod } from '../objects.js'

/** What a Pod is to have: a proxy's resource, none any more (and why), or nothing that is any of ours. */
export type PodFate =
  | { readonly has: 'Dataplane' | 'BuiltinGateway' | 'ZoneIngress' | 'ZoneEgress' }
  | { readonly has: 'none'; readonly type: 'Dataplane' | 'ZoneIngress' | 'ZoneEgress'; readonly because: string }
  | { readonly has: 'nothing-to-do' }

/** @param systemNamespace where the control plane is: zone proxies may run there alone. @throws AnnotationFault */
export function podFate(pod: Pod, namespace: Namespace | undefined, systemNamespace: string): PodFate {
  const annotations = pod.metadata?.annotations
  const addressed = Boolean(pod.status?.podIP)
  for (const [annotation, type] of [
    [names.ingress, 'ZoneIngress'],
    [names.egress, 'ZoneEgress'],
  ] as const) {
    if (!switchOf(annotations, annotation)) continue
    if (!addressed) return { has: 'none', type, because: 'pod IP is empty' }
    const there = pod.metadata?.namespace === systemNamespace
    return there ? { has: type } : { has: 'none', type, because: `a ${type} can only be deployed in namespace ${systemNamespace}` }
  }
  if (annotations?.[names.gateway] === 'builtin') {
    return addressed ? { has: 'BuiltinGateway' } : { has: 'none', type: 'Dataplane', because: 'pod IP is empty' }
  }
  if (!switchOf(annotations, names.sidecarInjected)) return { has: 'nothing-to-do' }
  // Its Pods go with it, and nothing new can be made in it.
  if (namespace?.status?.phase === 'Terminating') return { has: 'nothing-to-do' }
  const because = endOf(pod)
  return because === undefined ? { has: 'Dataplane' } : { has: 'none', type: 'Dataplane', because }
}

/** Why a Pod serves nobody any more, or not yet. */
function endOf({ status }: Pod): string | undefined {
  if (status?.phase === 'Succeeded') return 'pod succeeded'
  if (status?.phase === 'Failed') return 'pod failed'
  if (!status?.podIP) return 'pod IP is empty'
  return status.reason === 'Evicted' ? 'pod was evicted' : undefined
}

import type { EndpointSlice, KubernetesObject, Namespace, Node, Pod, Service } from '../objects.js'
import { names } from '../annotations.js'
import { selects } from '../selector.js'
import type { ClusterView, ObjectKey, WatchedKind } from './cluster-view.js'
import { leadsToPod, serviceNameLabel } from './endpoints.js'
import { leadsToZoneIngress } from './mesh-zone-address.js'

/** What has to be looked at again, of Pods and of Services. */
export interface Concerned {
  readonly pods: readonly ObjectKey[]
  readonly services: readonly ObjectKey[]
}

export const nobody: Concerned = { pods: [], services: [] }

/**
 * Whom a change of an object concerns.
 * @param view after the change
 * @param before the object before it, if it was there
 * @param after the object after it, if it is there
 */
export function concernedBy(
  kind: WatchedKind,
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  view: ClusterView,
  ignoredLabels: readonly string[],
): Concerned {
  const states = [before, after].filter((state) => state !== undefined)
  if (kind === 'Pod') return byPod(states, view)
  if (kind === 'Service')
    return { services: keysOf(states.slice(-1)), pods: unique(states.flatMap((service) => podsOf(service, view, ignoredLabels))) }
  if (kind === 'EndpointSlice') return bySlice(states, view)
  if (kind === 'Namespace') return byNamespace(before, after, view)
  if (kind === 'Node') return byNode(before, after, view)
  return nobody
}

function byPod(states: readonly Pod[], view: ClusterView): Concerned {
  const [pod] = states.slice(-1)
  const marks = states.map((state) =>
    [state.metadata?.annotations?.[names.gateway], state.metadata?.labels?.['statefulset.kubernetes.io/pod-name']].join(),
  )
  const changesServices = states.length === 1 || marks[0] !== marks[1]
  const services = changesServices && pod ? view.list('Service', pod.metadata?.namespace).filter((service) => selects(service, pod)) : []
  return { pods: keysOf(states.slice(-1)), services: keysOf(services) }
}

function podsOf(service: Service, view: ClusterView, ignoredLabels: readonly string[]): readonly ObjectKey[] {
  const namespace = service.metadata?.namespace
  if (Object.keys(service.spec?.selector ?? {}).length > 0) {
    return keysOf(view.list('Pod', namespace).filter((pod) => selects(service, pod, ignoredLabels)))
  }
  const own = view.list('EndpointSlice', namespace).filter((slice) => slice.metadata?.labels?.[serviceNameLabel] === service.metadata?.name)
  return own.flatMap(podsIn)
}

function bySlice(states: readonly EndpointSlice[], view: ClusterView): Concerned {
  const services = states.flatMap(({ metadata }) => {
    const name = metadata?.labels?.[serviceNameLabel]
    return name === undefined ? [] : [{ name, namespace: metadata?.namespace ?? '' }]
  })
  // Selectors tell which Pods the others have.
  const [service] = services.map(({ name, namespace }) => view.get('Service', name, namespace))
  const selecting = Object.keys(service?.spec?.selector ?? {}).length > 0
  return { services: unique(services), pods: selecting ? [] : unique(states.flatMap(podsIn)) }
}

function podsIn({ metadata, endpoints }: EndpointSlice): readonly ObjectKey[] {
  return (endpoints ?? []).filter(leadsToPod).map(({ targetRef }) => ({
    name: targetRef?.name ?? '',
    namespace: targetRef?.namespace || (metadata?.namespace ?? ''),
  }))
}

/** Labels of a namespace say the mesh and whether its Services are any of it. */
function byNamespace(before: Namespace | undefined, after: Namespace | undefined, view: ClusterView): Concerned {
  const said = (state: Namespace | undefined) =>
    JSON.stringify([state?.metadata?.labels, state?.metadata?.annotations?.[names.mesh], state?.status?.phase])
  if (!after || said(before) === said(after)) return nobody
  const name = after.metadata?.name
  return { pods: keysOf(view.list('Pod', name)), services: keysOf(view.list('Service', name)) }
}

/** Labels of a node say where its Pods are, addresses where zone ingresses are reached. */
function byNode(before: Node | undefined, after: Node | undefined, view: ClusterView): Concerned {
  const labels = (state: Node | undefined) => JSON.stringify(state?.metadata?.labels)
  const addresses = (state: Node | undefined) => JSON.stringify(state?.status?.addresses)
  const moved = after !== undefined && labels(before) !== labels(after)
  const pods = moved ? view.list('Pod').filter(({ spec }) => spec?.nodeName === after.metadata?.name) : []
  const reached = addresses(before) !== addresses(after)
  const services = reached ? view.list('Service').filter((one) => one.spec?.type === 'NodePort' && leadsToZoneIngress(one)) : []
  return { services: keysOf(services), pods: keysOf(pods) }
}

function keysOf(objects: readonly KubernetesObject[]): readonly ObjectKey[] {
  return objects.map(({ metadata }) => ({ name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' }))
}

function unique(keys: readonly ObjectKey[]): readonly ObjectKey[] {
  return [...new Map(keys.map((key) => [`${key.namespace}/${key.name}`, key])).values()]
}

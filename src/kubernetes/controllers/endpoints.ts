import type { Endpoint, EndpointSlice, Pod, Service } from '../objects.js'
import { selects } from '../selector.js'

export const serviceNameLabel = 'kubernetes.io/service-name'

/** A Pod that an EndpointSlice names. */
export interface PodEndpoint {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly addresses: readonly string[]
}

/** The Pods behind a Service, each once: the last slice that names it counts. */
export function podEndpoints(service: Service, slices: readonly EndpointSlice[]): readonly PodEndpoint[] {
  const own = slices.filter(
    ({ metadata }) =>
      metadata?.namespace === service.metadata?.namespace && metadata?.labels?.[serviceNameLabel] === service.metadata?.name,
  )
  const pods = own
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(leadsToPod)
    .map(({ targetRef, addresses = [] }): PodEndpoint => {
      const namespace = targetRef?.namespace || (service.metadata?.namespace ?? '')
      return { name: targetRef?.name ?? '', namespace, uid: targetRef?.uid ?? '', addresses }
    })
  return [...new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod])).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Whether an endpoint is a Pod. */
export function leadsToPod({ targetRef }: Endpoint): boolean {
  return targetRef?.kind === 'Pod' && (targetRef.apiVersion === 'v1' || !targetRef.apiVersion)
}

/**
 * The Services of a namespace that lead to a Pod, by name: by their selector, or where they have none, by their EndpointSlices.
 * @param ignoredLabels labels of selectors that don't count
 */
export function servicesOf(
  pod: Pod,
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  isIgnored: (service: Service) => boolean,
  ignoredLabels: readonly string[],
): readonly Service[] {
  const leads = (service: Service) =>
    Object.keys(service.spec?.selector ?? {}).length > 0
      ? selects(service, pod, ignoredLabels)
      : podEndpoints(service, slices).some(({ uid }) => uid === pod.metadata?.uid)
  return services
    .filter((service) => service.metadata?.namespace === pod.metadata?.namespace && !isIgnored(service) && leads(service))
    .sort((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1))
}

import { sidecarName } from '../injector/decide.js'
import type { Container, Pod } from '../objects.js'

/** Whether the sidecar is ready, as far as the Pod's status tells. */
export function isSidecarReady({ status }: Pod): boolean {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return all.find(({ name }) => name === sidecarName)?.ready !== false
}

/** Whether a container is ready, as far as the Pod's status tells. */
export function isContainerReady({ status }: Pod, { name }: Pick<Container, 'name'>): boolean {
  return status?.containerStatuses?.find((one) => one.name === name)?.ready !== false
}

/** Whether what a container serves can be reached: it and the sidecar are ready, and the Pod doesn't go. */
export function isServing(pod: Pod, container: Container | undefined): boolean {
  return (!container || isContainerReady(pod, container)) && isSidecarReady(pod) && !pod.metadata?.deletionTimestamp
}

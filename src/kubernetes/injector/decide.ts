import { AnnotationFault, names, switchOf } from '../annotations.js'
import { meshOf } from '../mesh-of.js'
import type { Namespace, Pod } from '../objects.js'
import type { InjectorSettings } from './settings.js'

export const sidecarName = 'kuma-sidecar'

/** Whether a Pod gets a sidecar; if not, why. */
export type Decision = { readonly inject: true; readonly mesh: string } | { readonly inject: false; readonly reason: string }

type DecisionSettings = Pick<InjectorSettings, 'exceptions' | 'sidecarContainer'>

/**
 * A label of the Pod decides, then the Pod's annotation where it opts out (the older spelling), then a label of the namespace; without any
 * of these a Pod gets no sidecar.
 * @throws AnnotationFault where the Pod can't be let in as it is
 */
export function decideInjection(pod: Pod, namespace: Namespace, { exceptions, sidecarContainer }: DecisionSettings): Decision {
  const exception = Object.entries(exceptions.labels).find(([label, value]) => matches(pod.metadata?.labels?.[label], value))
  if (exception) return skip(`label ${exception[0]} is an exception from injection`)
  if (allContainers(pod).some(({ name }) => name === sidecarName)) return skip(`there is a container ${sidecarName} already`)
  const said = wanted(pod, namespace)
  if (!said.inject) return said
  demandOtherUser(pod, sidecarContainer.uid)
  return { inject: true, mesh: meshOf(pod, namespace) }
}

const skip = (reason: string): Decision => ({ inject: false, reason })

const matches = (found: string | undefined, wanted: string) => found !== undefined && (wanted === '*' || wanted === found)

function wanted(pod: Pod, namespace: Namespace): { readonly inject: true } | { readonly inject: false; readonly reason: string } {
  const name = names.sidecarInjection
  const podSays = switchOf(pod.metadata?.labels, name)
  if (podSays !== undefined) return podSays ? { inject: true } : { inject: false, reason: `the Pod's label ${name} is off` }
  if (optsOut(pod)) return { inject: false, reason: `the Pod's annotation ${name} is off` }
  const namespaceSays = switchOf(namespace.metadata?.labels, name)
  if (namespaceSays) return { inject: true }
  const what = namespaceSays === undefined ? 'neither the Pod nor its namespace has' : 'off is what the namespace says with'
  return { inject: false, reason: `${what} the label ${name}` }
}

/** Only ever a way out: an annotation that is to bring a sidecar is not heeded, as with Kuma 2.14, nor one that can't be read. */
function optsOut(pod: Pod): boolean {
  return ['disabled', 'false', 'no'].includes(pod.metadata?.annotations?.[names.sidecarInjection] ?? '')
}

function allContainers({ spec }: Pod) {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
}

/** What runs as the sidecar's user is not redirected: it would go past the mesh. */
function demandOtherUser({ spec }: Pod, uid: number): void {
  const same = (spec?.containers ?? []).filter(({ securityContext }) => securityContext?.runAsUser === uid).map(({ name }) => name)
  if (same.length === 0) return
  throw new AnnotationFault(
    `containers using same UID as sidecar is unsupported: ${same.join(', ')} with spec.containers[].securityContext.runAsUser ${uid}; any other user is allowed`,
  )
}

import { AnnotationFault, names, switchOf } from '../annotations.js'
import type { Namespace } from '../objects.js'

/** Name of the NetworkAttachmentDefinition by which Multus runs the mesh's CNI plugin for the Pods of a namespace. */
export const networkAttachment = 'kuma-cni'

/**
 * Whether a namespace is to have the NetworkAttachmentDefinition; undefined: what is there stays. Injected Pods name it, and can't start
 * where it isn't. A namespace that says anything about injection has it: where it is off, Pods may ask for a sidecar themselves.
 */
export function wantsNetworkAttachment({ metadata, status }: Namespace): boolean | undefined {
  // Nothing new can be made in it, and what is there goes with it.
  if (status?.phase === 'Terminating') return undefined
  try {
    return switchOf(metadata?.labels, names.sidecarInjection) !== undefined
  } catch (error) {
    // The author is told when a Pod is created there, which is refused.
    if (error instanceof AnnotationFault) return undefined
    throw error
  }
}

import { type JsonPatch, applyJsonPatches } from '../../translate/patch/json-patch.js'
import { AnnotationFault, listOf, names } from '../annotations.js'
import type { Container, KubernetesObject, Pod } from '../objects.js'

/** A step of a ContainerPatch: as RFC 6902 has it, but that the value is a text with JSON in it. */
export interface ContainerPatchStep {
  readonly op: JsonPatch['op']
  readonly path: string
  readonly from?: string
  readonly value?: string
}

/** What users add to injected containers. Only in Kubernetes, in the namespace of the control plane. */
export interface ContainerPatch extends KubernetesObject {
  readonly spec?: { readonly sidecarPatch?: readonly ContainerPatchStep[]; readonly initPatch?: readonly ContainerPatchStep[] }
}

/** Names of the ContainerPatches of a Pod, in the order in which they apply. */
export function containerPatchesOf(pod: Pod, everywhere: readonly string[]): readonly string[] {
  return [...everywhere, ...(listOf(pod.metadata?.annotations, names.containerPatches) ?? [])]
}

export type PatchedContainer = 'sidecarPatch' | 'initPatch'

/**
 * @param patches those that the Pod is to have, by name
 * @throws AnnotationFault for a patch that isn't there or can't be applied
 */
export function patchContainer(
  container: Container,
  which: PatchedContainer,
  wanted: readonly string[],
  patches: ReadonlyMap<string, ContainerPatch>,
): Container {
  const missing = wanted.filter((name) => !patches.has(name))
  if (missing.length > 0) throw new AnnotationFault(`it appears some expected container patches are missing: ${missing.join(', ')}`)
  return wanted.reduce((patched, name) => {
    const steps = patches.get(name)?.spec?.[which] ?? []
    if (steps.length === 0) return patched
    try {
      return applyJsonPatches(patched, steps.map(toJsonPatch)) as Container
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new AnnotationFault(`could not apply ContainerPatch ${name} to ${container.name}: spec.${which}: ${why}`)
    }
  }, container)
}

function toJsonPatch({ op, path, from, value }: ContainerPatchStep): JsonPatch {
  return { op, path, ...(from !== undefined && { from }), ...(value !== undefined && { value: JSON.parse(value) as unknown }) }
}

import { names, switchOf } from '../annotations.js'
import type { Container, Pod, PodSpec } from '../objects.js'
import { type ContainerPatch, containerPatchesOf, patchContainer } from './container-patches.js'
import { initContainer } from './init-container.js'
import { injectedAnnotations } from './pod-annotations.js'
import { probePorts } from './probe-ports.js'
import { redirectProbes } from './probes.js'
import type { InjectionContext } from './settings.js'
import { asNativeSidecar, sidecarContainer } from './sidecar.js'
import { injectedVolumes } from './volumes.js'

export interface Injection extends InjectionContext {
  readonly mesh: string
  /** ContainerPatches of the control plane's namespace, by name. */
  readonly containerPatches: ReadonlyMap<string, ContainerPatch>
}

/**
 * A Pod with a sidecar in it. What it had stays as it is, but for probes, which go through the sidecar.
 * @throws AnnotationFault for what the Pod asks for and can't have
 */
export function injectPod(pod: Pod, injection: Injection): Pod {
  const { settings, mesh, containerPatches, nativeSidecars } = injection
  const own = { ...defaultContainer(pod), ...pod.metadata?.annotations }
  const annotations = { ...own, ...injectedAnnotations(own, injection) }
  const patches = containerPatchesOf(pod, settings.containerPatches)
  const sidecar = patchContainer(sidecarContainer(pod, mesh, injection), 'sidecarPatch', patches, containerPatches)
  const init = initContainer(annotations, settings)
  const patchedInit = init && patchContainer(init, 'initPatch', patches, containerPatches)
  const spec: PodSpec = {
    ...pod.spec,
    volumes: [...(pod.spec?.volumes ?? []), ...injectedVolumes(pod, settings)],
    ...placed(pod, sidecar, patchedInit, nativeSidecars),
  }
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, [names.mesh]: mesh }, annotations },
    spec: redirectProbes(spec, probePorts(own, settings)),
  }
}

/** Without it `kubectl logs` and `kubectl exec` would ask which container is meant. */
function defaultContainer({ spec }: Pod): Readonly<Record<string, string>> {
  const [only, ...others] = spec?.containers ?? []
  return only && others.length === 0 ? { [names.defaultContainer]: only.name } : {}
}

function placed(
  pod: Pod,
  sidecar: Container,
  init: Container | undefined,
  native: boolean,
): Pick<PodSpec, 'containers' | 'initContainers'> {
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  const inits = init ? [init] : []
  if (native) return { containers, initContainers: [...inits, asNativeSidecar(sidecar), ...initContainers] }
  const first = switchOf(pod.metadata?.annotations, names.initFirst) ?? false
  const all = first ? [...inits, ...initContainers] : [...initContainers, ...inits]
  return { containers: [sidecar, ...containers], ...(all.length > 0 && { initContainers: all }) }
}

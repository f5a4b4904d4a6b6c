import { base64 } from '../../translate/base64.js'
import { AnnotationFault, names } from '../annotations.js'
import { type AdmissionRequest, type AdmissionResponse, allowed, denied } from '../admission-review.js'
import { namedMesh } from '../mesh-of.js'
import type { Namespace, Pod, Service } from '../objects.js'
import { selects } from '../selector.js'
import type { ContainerPatch } from './container-patches.js'
import { decideInjection } from './decide.js'
import { injectPod } from './inject.js'
import { jsonDiff } from './json-diff.js'
import type { InjectionContext } from './settings.js'
import { injectionWarnings } from './warnings.js'

/** What an injector has to know of the cluster to answer for a Pod. */
export interface InjectionFacts {
  readonly namespace: Namespace
  /** ContainerPatches of the control plane's namespace, by name. */
  readonly containerPatches: ReadonlyMap<string, ContainerPatch>
  /** Services of the Pod's namespace. */
  readonly services: readonly Service[]
  isMesh(name: string): boolean
}

/** Why a Pod got what it got: `skipped` and `failed` say so in words. */
export interface InjectionAnswer {
  readonly response: AdmissionResponse
  readonly result: 'injected' | 'skipped' | 'failed'
  readonly reason: string
}

/** Answers the API server's question what becomes of a Pod that is to be created. */
export function reviewPod(request: AdmissionRequest, facts: InjectionFacts, context: InjectionContext): InjectionAnswer {
  const pod = request.object as Pod
  const { settings } = context
  const { namespace } = facts
  try {
    const decision = decideInjection(pod, namespace, settings)
    if (!decision.inject) return { response: allowed(request), result: 'skipped', reason: decision.reason }
    const { mesh } = decision
    if (!facts.isMesh(mesh) && !isZoneProxy(pod, facts))
      return failed(request, `there is no Mesh "${mesh}": create it, or name another with the label ${names.mesh}`)
    const injected = injectPod(pod, { ...context, mesh, containerPatches: facts.containerPatches })
    const patch = base64(new TextEncoder().encode(JSON.stringify(jsonDiff(pod, injected))))
    const warnings = injectionWarnings(pod, namespace, settings.sidecarContainer.uid)
    return { response: { ...allowed(request, warnings), patchType: 'JSONPatch', patch }, result: 'injected', reason: `mesh ${mesh}` }
  } catch (error) {
    if (error instanceof AnnotationFault) return failed(request, error.message)
    throw error
  }
}

function failed(request: AdmissionRequest, reason: string): InjectionAnswer {
  return { response: denied(request, { code: 403, message: reason }), result: 'failed', reason }
}

/** Zone proxies of a mesh may start before it: they and their Mesh come with one chart. */
function isZoneProxy(pod: Pod, { namespace, services }: InjectionFacts): boolean {
  if (namedMesh(pod, namespace) === undefined) return false
  if (pod.metadata?.labels?.[names.zoneProxyType]) return true
  return services.some((service) => service.metadata?.labels?.[names.zoneProxyType] && selects(service, pod))
}

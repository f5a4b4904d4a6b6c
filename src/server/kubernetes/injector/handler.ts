import type { Store } from '../../../core/store.js'
import type { KubernetesApi } from '../../../kubernetes-api/api.js'
import { ApiFailure } from '../../../kubernetes-api/failure.js'
import type { ContainerPatch } from '../../../kubernetes/injector/container-patches.js'
import { type InjectionAnswer, type InjectionFacts, reviewPod } from '../../../kubernetes/injector/review.js'
import type { InjectionContext } from '../../../kubernetes/injector/settings.js'
import { meshOf } from '../../../kubernetes/mesh-of.js'
import type { Namespace, Pod, Service } from '../../../kubernetes/objects.js'
import { containerPatchesOf } from '../../../kubernetes/injector/container-patches.js'
import type { Log } from '../../log.js'
import type { AdmissionHandler } from '../admission/server.js'

export interface InjectorOptions {
  readonly api: Pick<KubernetesApi, 'send' | 'list'>
  /** Where Meshes are looked for. */
  readonly store: Pick<Store, 'get'>
  /** Namespace of the control plane: ContainerPatches are there. */
  readonly systemNamespace: string
  readonly context: InjectionContext
  readonly log: Log
  /** What became of a Pod, for metrics. */
  readonly onAnswer?: (answer: InjectionAnswer) => void
}

/** Answers what becomes of Pods that are to be created. What it can't find out fails closed: no Pod of a mesh runs without its sidecar. */
export function createInjectorHandler(options: InjectorOptions): AdmissionHandler {
  const { context, log, onAnswer } = options
  return async (request) => {
    const asked = request.object as Pod
    // The API server fills in a Pod's namespace after it has asked.
    const namespace = asked.metadata?.namespace || request.namespace || 'default'
    const pod: Pod = { ...asked, metadata: { ...asked.metadata, namespace } }
    const facts = await factsFor(pod, namespace, options)
    const answer = reviewPod(request, facts, context)
    const name = pod.metadata?.name || pod.metadata?.generateName
    const fields = { pod: `${namespace}/${name}`, reason: answer.reason }
    if (answer.result === 'failed') log.warn('a Pod was refused', fields)
    else log.debug(answer.result === 'injected' ? 'a Pod gets a sidecar' : 'a Pod gets no sidecar', fields)
    onAnswer?.(answer)
    return answer.response
  }
}

async function factsFor(pod: Pod, name: string, { api, store, systemNamespace, context }: InjectorOptions): Promise<InjectionFacts> {
  const namespace = await api.send<Namespace>('GET', `/api/v1/namespaces/${name}`)
  const mesh = meshOf(pod, namespace)
  const isThere = (await store.get({ type: 'Mesh', name: mesh })) !== undefined
  const patches = await Promise.all(
    containerPatchesOf(pod, context.settings.containerPatches).map((patch) => findPatch(api, systemNamespace, patch)),
  )
  return {
    namespace,
    containerPatches: new Map(patches.flatMap((patch) => (patch ? [[patch.metadata?.name ?? '', patch] as const] : []))),
    // Services only tell something where there is no mesh.
    services: isThere ? [] : ((await api.list(`/api/v1/namespaces/${name}/services`)).items as readonly Service[]),
    isMesh: (wanted) => wanted === mesh && isThere,
  }
}

async function findPatch(api: InjectorOptions['api'], namespace: string, name: string): Promise<ContainerPatch | undefined> {
  const path = `/apis/kuma.io/v1alpha1/namespaces/${namespace}/containerpatches/${encodeURIComponent(name)}`
  return api.send<ContainerPatch>('GET', path).catch((error: unknown) => {
    if (error instanceof ApiFailure && error.status === 404) return undefined
    throw error
  })
}

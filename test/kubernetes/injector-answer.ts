import type { ContainerPatch } from '../../src/kubernetes/injector/container-patches.js'
import { reviewPod } from '../../src/kubernetes/injector/review.js'
import { type InjectorSettings, defaultInjectorSettings } from '../../src/kubernetes/injector/settings.js'
import type { KubernetesObject, Namespace, Pod, Service } from '../../src/kubernetes/objects.js'
import { type JsonPatch, applyJsonPatches } from '../../src/translate/patch/json-patch.js'
import type { Answer } from './golden.js'

/** What the injector answers for the only Pod among the objects; the Pod is what the API server makes of the answer's patch. */
export const answerInjector: Answer = (objects, settings) => {
  const { nativeSidecars = false, ...injector } = (settings ?? {}) as { nativeSidecars?: boolean }
  const of = <T extends KubernetesObject>(kind: string) => objects.filter((object) => object.kind === kind) as T[]
  const [pod] = of<Pod>('Pod')
  if (!pod) throw new Error('there is no Pod in input.yaml')
  const meshes = new Set(of('Mesh').map(({ metadata }) => metadata?.name))
  const { response, result, reason } = reviewPod(
    { uid: 'of-the-request', object: pod },
    {
      namespace: of<Namespace>('Namespace')[0] ?? {},
      services: of<Service>('Service'),
      containerPatches: new Map(of<ContainerPatch>('ContainerPatch').map((patch) => [patch.metadata?.name ?? '', patch])),
      isMesh: (name) => meshes.has(name),
    },
    {
      settings: merged(defaultInjectorSettings, injector) as InjectorSettings,
      controlPlaneUrl: 'https://kuma-control-plane.kuma-system:5678',
      controlPlaneCaCert: 'the CA in PEM',
      adminPort: 9901,
      nativeSidecars,
      deltaXds: true,
    },
  )
  const { patch, ...rest } = response
  const steps = patch === undefined ? undefined : (JSON.parse(Buffer.from(patch, 'base64').toString()) as JsonPatch[])
  return { result, reason, response: rest, ...(steps && { pod: applyJsonPatches(pod, steps) }) }
}

function merged(defaults: unknown, told: unknown): unknown {
  if (told === undefined) return defaults
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return told
  const base = defaults as Record<string, unknown> | undefined
  return { ...base, ...Object.fromEntries(Object.entries(told).map(([key, value]) => [key, merged(base?.[key], value)])) }
}

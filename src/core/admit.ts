import { meshLabel } from './envelope.js'
import { KumaError } from './errors.js'
import type { AdmissionContext, Kind, Registry, Violation } from './kind.js'
import { computeLabels } from './labels.js'
import { type Refusal, refuse } from './refusal.js'
import { type Resource, type ResourceKey, deepFreeze } from './resource.js'
import { collect } from './validate/violations.js'

export interface AdmitOptions extends Pick<AdmissionContext, 'checkCaPair' | 'mayChangeCa'> {
  readonly registry: Registry
  /** Zone of the control plane. Default: `default`. */
  readonly zone?: string
  /** What is stored now. */
  find(key: ResourceKey): Resource | undefined
}

/** The resource as it is to be stored, without times; or why it is not let in. */
export type Admission =
  | { readonly resource: Resource; readonly refusal?: undefined }
  | { readonly resource?: undefined; readonly refusal: Refusal }

/**
 * Holds a parsed resource against what a Universal zone control plane has stored, and completes it: computed labels, defaults.
 * @throws KumaError `unknown-kind` for a resource whose type is not in the registry
 */
export function admit(resource: Resource, options: AdmitOptions): Admission {
  const { registry, zone = 'default', find, checkCaPair, mayChangeCa } = options
  const kind = registry.byType(resource.type)
  if (!kind) throw new KumaError('unknown-kind', `no kind of resource is called "${resource.type}" here`)
  const key = keyPart(resource)
  const missing = missingMesh(key, find)
  if (missing) return { refusal: missing }
  const foreign = foreignLabels(resource, zone)
  if (foreign.length > 0) return { refusal: refuse(key, foreign) }
  const previous = find(key)
  const labels = computeLabels(kind, resource, zone)
  const changed = previous ? immutableLabels(computeLabels(kind, previous, zone), labels) : []
  if (changed.length > 0) return { refusal: refuse(key, changed, 'Could not update a resource') }
  return admitKind(
    kind,
    { ...resource, labels },
    {
      zone,
      find,
      checkCaPair,
      mayChangeCa,
      ...(resource.mesh !== undefined && { mesh: find({ type: 'Mesh', name: resource.mesh }) }),
      ...(previous && { previous }),
    },
  )
}

function admitKind(kind: Kind, resource: Resource, context: AdmissionContext): Admission {
  const title = `Failed to ${context.previous ? 'update' : 'create'} a resource`
  const admitted = kind.admit?.(resource, context) ?? { spec: resource.spec }
  if ('violations' in admitted) return { refusal: refuse(keyPart(resource), admitted.violations, title) }
  if ('error' in admitted) {
    return { refusal: { title, ...admitted.error, resource: keyPart(resource), violations: [] } }
  }
  const { spec } = admitted
  // A default may change what labels follow from the spec.
  const labels = computeLabels(kind, { ...resource, spec }, context.zone)
  return { resource: deepFreeze({ ...resource, labels, spec }) }
}

const keyPart = ({ type, mesh, name }: ResourceKey): ResourceKey => ({ type, ...(mesh !== undefined && { mesh }), name })

/** The answer for a resource of a mesh that isn't there: the peer looks that up before it reads the resource. */
export function missingMesh(key: ResourceKey, find: (key: ResourceKey) => Resource | undefined): Refusal | undefined {
  if (key.mesh === undefined || find({ type: 'Mesh', name: key.mesh })) return undefined
  return { resource: keyPart(key), status: 404, title: 'Failed to retrieve Mesh', detail: 'Not found', violations: [] }
}

/** Labels that say that the resource belongs somewhere else. */
function foreignLabels({ labels, mesh }: Resource, zone: string): Violation[] {
  const root = collect('labels')
  if (labels['kuma.io/origin'] === 'global') return root.violations
  if ((labels['kuma.io/zone'] ?? zone) !== zone) root.key('kuma.io/zone').add(`kuma.io/zone label should have ${zone} value`)
  if ((labels[meshLabel] ?? mesh ?? '') !== (mesh ?? ''))
    root.key(meshLabel).add(`${meshLabel} label must not differ from mesh set on resource`)
  return root.violations
}

function immutableLabels(before: Resource['labels'], after: Resource['labels']): Violation[] {
  const root = collect('labels')
  for (const label of ['kuma.io/origin', 'kuma.io/zone', 'kuma.io/display-name']) {
    const [old, now] = [before[label], after[label]]
    if (old === undefined || old === now) continue
    root
      .key(label)
      .add(
        now === undefined ? `is immutable, cannot be removed (was "${old}")` : `is immutable, cannot be changed from "${old}" to "${now}"`,
      )
  }
  return root.violations
}

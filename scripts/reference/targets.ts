import type { Kind } from '../../src/core/kind.js'
import { type TargetRefKind, targetRefKinds } from '../../src/core/target-ref.js'

/** Which kinds of targets a policy may have, asked of the policy's own rules. */
export interface Targets {
  readonly top: readonly TargetRefKind[]
  readonly to: readonly TargetRefKind[]
  readonly from: readonly TargetRefKind[]
  readonly rules: boolean
}

type Spec = Readonly<Record<string, unknown>>
type Entry = Readonly<Record<string, unknown>>

/** A target of a kind with all that it has to have. */
function refOf(kind: TargetRefKind): Spec {
  if (kind === 'Mesh' || kind === 'Dataplane') return { kind }
  if (kind === 'MeshSubset') return { kind, tags: { version: 'v1' } }
  return { kind, name: 'web' }
}

/** @param example the spec of a valid resource of the kind */
export function targetsOf(kind: Kind, example: Spec): Targets | undefined {
  const { policy } = kind
  if (policy?.matching !== 'targetRef') return undefined
  const refused = (spec: Spec, path: string) =>
    (kind.validate?.(spec, { name: 'x', mesh: 'default', labels: {} }) ?? []).some((violation) => violation.path === path)
  const taken = (side: 'to' | 'from', ref: TargetRefKind) => {
    const [entry = {}] = (example[side] ?? example['to'] ?? example['from'] ?? example['rules'] ?? []) as readonly Entry[]
    return tops.some((top) => {
      const spec = { targetRef: refOf(top), [side]: [{ ...entry, targetRef: refOf(ref) }] }
      return !refused(spec, `spec.${side}`) && !refused(spec, `spec.${side}[0].targetRef.kind`)
    })
  }
  const tops = targetRefKinds.filter((ref) => !refused({ ...example, targetRef: refOf(ref) }, 'spec.targetRef.kind'))
  return {
    top: tops,
    to: policy.hasToTargetRef ? targetRefKinds.filter((ref) => taken('to', ref)) : [],
    from: policy.hasFromTargetRef ? targetRefKinds.filter((ref) => taken('from', ref)) : [],
    rules: policy.hasRulesTargetRef === true,
  }
}

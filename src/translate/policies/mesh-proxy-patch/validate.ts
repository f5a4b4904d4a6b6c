import type { ValidationContext, Violation } from '../../../core/kind.js'
import { type TargetRefKind, checkTargetRef, policyRole } from '../../../core/target-ref.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import { type Target, typeUrls } from '../../patch/modification.js'
import { checkJsonPatches } from './validate-json-patches.js'
import type { MeshProxyPatchSpec, ProxyPatchModification } from './schema.js'

/** The rules of a MeshProxyPatch that its shape can't say. */
export function validateProxyPatch({ targetRef, default: conf }: MeshProxyPatchSpec, context: ValidationContext): Violation[] {
  const root = collect('spec')
  const systemKinds: readonly TargetRefKind[] = policyRole(context.labels) === 'system' ? ['MeshGateway'] : []
  checkTargetRef(root.field('targetRef'), targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane', ...systemKinds],
  })
  const at = root.field('default.appendModifications')
  const { appendModifications = [] } = conf
  if (appendModifications.length === 0) at.add('must not be empty')
  for (const [i, modification] of appendModifications.entries()) checkModification(at.index(i), modification, context)
  return root.violations
}

const targets = ['cluster', 'listener', 'virtualHost', 'networkFilter', 'httpFilter'] as const satisfies readonly Target[]

function checkModification(at: Place, modification: ProxyPatchModification, context: ValidationContext): void {
  const [target, ...others] = targets.filter((name) => modification[name])
  const change = target && modification[target]
  if (!change || others.length > 0) {
    const count = target ? others.length + 1 : 0
    return at.add(`exactly one modification can be defined at a time. Currently, ${count} modifications are defined`)
  }
  const place = at.field(target)
  const { operation, value, match } = change
  if (operation === 'Remove') {
    if (value !== undefined) place.field('value').add('must not be defined')
    return
  }
  if (target === 'networkFilter' || target === 'httpFilter') checkFilterName(place.field('match.name'), operation, match?.name)
  else if (operation === 'Add') checkNoMatch(place, target, match)
  if (operation === 'Patch') checkPatch(place, target, change, context)
  else if (value === undefined) place.field('value').add('must be defined')
  else checkRaw(place.field('value'), target, value, false, context)
}

type Change = NonNullable<ProxyPatchModification[Target]>

function checkFilterName(at: Place, operation: Change['operation'], name: string | undefined): void {
  if (name !== undefined) return
  if (operation === 'Patch') at.add('must be defined')
  if (operation === 'AddBefore') at.add('must be defined. You need to pick a filter before which this one will be added')
  if (operation === 'AddAfter') at.add('must be defined. You need to pick a filter after which this one will be added')
}

/** What is added to matches nothing that is there; only virtual hosts may say which routes they are added to. */
function checkNoMatch(at: Place, target: Target, match: Change['match']): void {
  if (target === 'virtualHost') {
    if (match?.name !== undefined) at.field('match.name').add('must not be defined')
  } else if (match) at.field('match').add('must not be defined')
}

function checkPatch(at: Place, target: Target, { value, jsonPatches = [] }: Change, context: ValidationContext): void {
  if (value === undefined) {
    if (jsonPatches.length === 0) at.add(`${target} must have exactly one defined: value, jsonPatches`)
    else checkJsonPatches(at.field('jsonPatches'), jsonPatches)
  } else if (jsonPatches.length > 0) at.add(`${target} must have only one type defined: value, jsonPatches`)
  else checkRaw(at.field('value'), target, value, true, context)
}

function checkRaw(at: Place, target: Target, text: string, partial: boolean, { rawFault }: ValidationContext): void {
  const fault = rawFault?.(text, { typeUrl: typeUrls[target], partial })
  if (fault !== undefined) at.add(`native Envoy resource is not valid: ${fault}`)
}

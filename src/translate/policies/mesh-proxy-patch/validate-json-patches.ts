import type { Place } from '../../../core/validate/violations.js'
import type { JsonPatchStep } from './schema.js'

/** What the steps of a JSON patch need, by their operation. */
export function checkJsonPatches(at: Place, steps: readonly JsonPatchStep[]): void {
  for (const [i, step] of steps.entries()) {
    const place = at.index(i)
    checkOperand(place, step, 'from', ['move', 'copy'])
    checkOperand(place, step, 'value', ['add', 'replace'])
    if (step.op === 'remove' && (step.path === '' || step.path === '/')) place.field('path').add('root path cannot be removed')
  }
}

/** A field that some operations need and no other may have. */
function checkOperand(at: Place, step: JsonPatchStep, field: 'from' | 'value', operations: readonly JsonPatchStep['op'][]): void {
  const needed = operations.includes(step.op)
  if (needed === (step[field] !== undefined)) return
  const rule = needed ? 'must not be empty' : 'is allowed only'
  at.field(field).add(`"${field}" ${rule} when "op" is one of [${operations.map((op) => `"${op}"`).join(', ')}]`)
}

import type { AppliedRefusal } from '../core/apply.js'
import { type Issue, hasErrors } from '../core/issue.js'
import type { ParsedItem } from '../core/parse.js'

/** Everything that was noticed of what was applied, in its order: what the parser found, and what a control plane refuses. */
export function findings(items: readonly ParsedItem[], refusals: readonly AppliedRefusal[]): Issue[] {
  const refused = new Map(refusals.map((refusal) => [refusal.item, refusal]))
  return items.flatMap((item, index) => {
    const refusal = refused.get(index)
    // The parser's issues say more than its refusal, and stand where the field stands.
    const told = !refusal || (hasErrors(item.issues) && item.refusal?.status === refusal.status)
    if (told) return item.issues
    const { resource, violations, title, detail, reason } = refusal
    const faults = violations.length > 0 ? violations : [{ path: '', message: reason ?? `${title}: ${detail}` }]
    return [
      ...item.issues,
      ...faults.map(
        ({ path, message }): Issue => ({
          level: 'error',
          code: 'refused',
          path,
          message,
          resource,
          position: item.locate?.(path) ?? item.position,
        }),
      ),
    ]
  })
}

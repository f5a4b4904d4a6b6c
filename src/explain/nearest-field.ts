import { nearest } from '../protojson/nearest.js'
import type { Leaf } from './document.js'

/** Splits a path at its joints: `a["b"].c[0]` is `a`, `["b"]`, `.c`, `[0]`. */
const joints = /\["(?:[^"\\]|\\.)*"\]|\[\d+\]|\.?[^.[\]]+/g

/** The fields that a path encloses: itself where it is a leaf. */
export function fieldsUnder(fields: readonly Leaf[], path: string): readonly Leaf[] {
  return fields.filter((leaf) => leaf.path === path || leaf.path.startsWith(`${path}.`) || leaf.path.startsWith(`${path}[`))
}

/**
 * The path that exists and was probably meant: joint by joint, as far as the names go; where a joint is unlike all that are
 * there, the path up to it.
 */
export function nearestPath(fields: readonly Leaf[], path: string): string | undefined {
  let found = ''
  for (const joint of path.match(joints) ?? []) {
    const next = new Set(
      (found === '' ? fields : fieldsUnder(fields, found)).flatMap(({ path: leaf }) => leaf.slice(found.length).match(joints)?.[0] ?? []),
    )
    const meant = next.has(joint) ? joint : nearest(joint, [...next])
    if (meant === undefined) break
    found += meant
  }
  return found || undefined
}

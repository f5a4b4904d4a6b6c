/**
 * Whether two JSON-like values say the same: the order of an object's fields and fields that are `undefined` don't count, and
 * -0 is 0, as JSON writes it.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]))
  }
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  const present = (record: Readonly<Record<string, unknown>>) => Object.keys(record).filter((k) => record[k] !== undefined)
  const keys = present(left)
  return keys.length === present(right).length && keys.every((k) => Object.hasOwn(right, k) && sameValue(left[k], right[k]))
}

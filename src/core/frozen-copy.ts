/**
 * A deeply frozen value that is equal to the given one and shares nothing with it that could still change: frozen parts are
 * taken as they are, others copied. Fields that are `undefined` are left out.
 */
export function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) return Object.freeze(value.map((item) => frozenCopy(item))) as T
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.freeze(Object.fromEntries(entries.map(([name, field]) => [name, frozenCopy(field)]))) as T
}

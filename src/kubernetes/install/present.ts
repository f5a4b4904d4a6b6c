import type { Json } from './manifest.js'

/**
 * The fields that say something. Empty ones are left out: the API server drops them, and whoever applies the manifest again would
 * find it changed.
 */
export function present(fields: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
}

function isEmpty(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === '' || value === null
}

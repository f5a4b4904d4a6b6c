/** Values by their names, sections within sections. */
export type Values = { readonly [name: string]: unknown }

/** The values of both; where both say something, the later ones. As with Helm, `null` takes a value away. */
export function mergeValues(earlier: Values, later: Values): Values {
  const merged: { [name: string]: unknown } = { ...earlier }
  for (const [name, value] of Object.entries(later)) {
    const known = merged[name]
    if (value === null) delete merged[name]
    else merged[name] = isSection(known) && isSection(value) ? mergeValues(known, value) : value
  }
  return merged
}

export function isSection(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

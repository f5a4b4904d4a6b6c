/** The envelope that every Kuma resource shares: https://kuma.io/docs/2.14.x/resources/ */

export type Labels = Readonly<Record<string, string>>

/** What makes a resource unique. `mesh` is absent for global kinds (Mesh, Zone, ...). */
export interface ResourceKey {
  readonly type: string
  readonly mesh?: string
  readonly name: string
}

/**
 * A parsed resource: valid, deeply frozen, in today's spelling. `spec` holds what Kuma's proto-era kinds write at the
 * top level and younger kinds below `spec:`.
 */
export interface Resource<Spec = unknown, Status = unknown> extends ResourceKey {
  readonly labels: Labels
  /** RFC 3339 with up to nine fractional digits; compared as text-normalised nanoseconds. Absent until stored. */
  readonly creationTime?: string
  readonly modificationTime?: string
  readonly spec: Spec
  readonly status?: Status
}

/** A text that is equal for equal keys and for nothing else. */
export function keyOf({ type, mesh, name }: ResourceKey): string {
  return `${type}/${mesh ?? ''}/${name}`
}

/** Freezes a value and all it holds. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
  return value
}

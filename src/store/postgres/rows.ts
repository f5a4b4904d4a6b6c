import { frozenCopy } from '../../core/frozen-copy.js'
import type { Resource, ResourceKey } from '../../core/resource.js'
import type { ChangeEvent, Stored } from '../../core/store.js'

/** A row of `resources` or `insights`, as the driver reads it: JSON is read already, bigint is text. Global kinds have the mesh `''`. */
export interface ResourceRow {
  readonly type: string
  readonly mesh: string
  readonly name: string
  readonly version: string
  readonly created: string
  readonly modified: string
  readonly labels: Resource['labels']
  readonly spec: unknown
  /** `null` also where the status is none. */
  readonly status: unknown
}

export const resourceColumns = 'type, mesh, name, version, created, modified, labels, spec, status'

export function storedFrom(row: ResourceRow): Stored {
  const { labels, created: creationTime, modified: modificationTime, spec, status } = row
  const resource: Resource = { ...keyFrom(row), labels, creationTime, modificationTime, spec, ...(status !== null && { status }) }
  return frozenCopy({ resource, version: Number(row.version) })
}

export function keyFrom({ type, mesh, name }: { readonly type: string; readonly mesh: string; readonly name: string }): ResourceKey {
  return mesh === '' ? { type, name } : { type, mesh, name }
}

/** Keys as three lists, for `unnest($1::text[], $2::text[], $3::text[])`. */
export function keyLists(keys: readonly ResourceKey[]): [string[], string[], string[]] {
  return [keys.map(({ type }) => type), keys.map(({ mesh = '' }) => mesh), keys.map(({ name }) => name)]
}

type Put = Extract<ChangeEvent, { readonly op: 'put' }>

/** Rows as lists, in the order of {@link resourceColumns}. */
export function resourceLists(puts: readonly Put[]): unknown[][] {
  const of = (value: (put: Put) => unknown) => puts.map(value)
  return [
    ...keyLists(puts.map(({ key }) => key)),
    of(({ stored }) => stored.version),
    of(({ stored }) => stored.resource.creationTime ?? ''),
    of(({ stored }) => stored.resource.modificationTime ?? ''),
    of(({ stored }) => JSON.stringify(stored.resource.labels)),
    of(({ stored }) => JSON.stringify(stored.resource.spec ?? null)),
    of(({ stored }) => (stored.resource.status === undefined ? null : JSON.stringify(stored.resource.status))),
  ]
}

import type * as z from 'zod'
import { nearest } from './nearest.js'
import type { PathSegment } from './path.js'
import { type Traits, defaultOf, shapeOf, traitsOf, unwrap } from './traits.js'

/** What the decoder noticed besides the value. */
export type Notice =
  | { readonly code: 'unknown-field'; readonly path: readonly PathSegment[]; readonly nearest?: string; readonly known: readonly string[] }
  | { readonly code: 'oneof-conflict'; readonly path: readonly PathSegment[]; readonly kept: string }
  | { readonly code: 'unsafe-key'; readonly path: readonly PathSegment[] }

/**
 * A copy of decoded JSON in canonical spelling: fields in the schema's order under their proper names, zero values and unknown
 * fields left out, defaults filled in, durations and numbers in one form. What doesn't fit is copied as it is, for the
 * check that follows to complain about.
 */
export function decode(schema: z.core.$ZodType, value: unknown, notice: (notice: Notice) => void): unknown {
  return decodeAt(schema, value, [], notice)
}

function decodeAt(schema: z.core.$ZodType, value: unknown, path: readonly PathSegment[], notice: (n: Notice) => void): unknown {
  if (value === undefined) return defaultOf(schema)
  const inner = unwrap(schema)
  const traits = traitsOf(inner)
  const shape = shapeOf(inner)
  if (shape.type === 'object') return isRecord(value) ? decodeObject(shape.fields, traits, value, path, notice) : value
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return copy(value)
    return value.map((item: unknown, index) => decodeItem(shape.items, item, [...path, index], notice))
  }
  if (shape.type === 'map') {
    if (!isRecord(value)) return copy(value)
    const entries: [string, unknown][] = []
    for (const [key, item] of Object.entries(value)) {
      if (key === '__proto__') notice({ code: 'unsafe-key', path: [...path, key] })
      else entries.push([key, decodeItem(shape.items, item, [...path, key], notice)])
    }
    return Object.fromEntries(entries)
  }
  return copy(traits.decode ? traits.decode(value) : value)
}

function decodeItem(schema: z.core.$ZodType, value: unknown, path: readonly PathSegment[], notice: (n: Notice) => void): unknown {
  const { nullValue } = traitsOf(unwrap(schema))
  return decodeAt(schema, value === null && nullValue ? nullValue() : value, path, notice)
}

function decodeObject(
  fields: Readonly<Record<string, z.core.$ZodType>>,
  traits: Traits,
  value: Readonly<Record<string, unknown>>,
  path: readonly PathSegment[],
  notice: (n: Notice) => void,
): Record<string, unknown> {
  const given = new Map<string, unknown>()
  for (const [name, raw] of Object.entries(value)) {
    const field = traits.aliases?.get(name) ?? name
    if (!Object.hasOwn(fields, field)) {
      const known = Object.keys(fields)
      notice({ code: 'unknown-field', path: [...path, name], nearest: nearest(name, known), known })
    } else if (field === name || !Object.hasOwn(value, field)) {
      given.set(field, raw)
    }
  }
  const members = keepLastMembers(traits.oneofs ?? [], given, path, notice)
  const result: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const raw = given.get(name)
    const fieldTraits = traitsOf(unwrap(field))
    const decoded = decodeAt(field, raw === null && fieldTraits.nullIsAbsent ? undefined : raw, [...path, name], notice)
    if (decoded !== undefined && (members.has(name) || !isZero(decoded, fieldTraits))) result[name] = decoded
  }
  return result
}

/** Drops all members of a oneof but the last one, as the peer's decoder does; gives the names of all that are members. */
function keepLastMembers(
  oneofs: readonly (readonly string[])[],
  given: Map<string, unknown>,
  path: readonly PathSegment[],
  notice: (n: Notice) => void,
): ReadonlySet<string> {
  for (const oneof of oneofs) {
    const set = oneof.filter((member) => given.get(member) !== undefined && given.get(member) !== null)
    const kept = set.at(-1)
    if (kept === undefined || set.length < 2) continue
    for (const member of set.slice(0, -1)) {
      given.delete(member)
      notice({ code: 'oneof-conflict', path: [...path, member], kept })
    }
  }
  return new Set(oneofs.flat())
}

function isZero(value: unknown, traits: Traits): boolean {
  if (!('zero' in traits)) return false
  return value === traits.zero || (Array.isArray(traits.zero) && Array.isArray(value) && value.length === 0)
}

/** The value without maps that say nothing, once they have been checked; shares what it doesn't change. */
export function prune<T>(schema: z.core.$ZodType, value: T): T {
  return pruneAt(schema, value) as T
}

function pruneAt(schema: z.core.$ZodType, value: unknown): unknown {
  const shape = shapeOf(unwrap(schema))
  if (shape.type === 'list' && Array.isArray(value)) return value.map((item: unknown) => pruneAt(shape.items, item))
  if (!isRecord(value) || shape.type === 'leaf') return value
  const entries = Object.entries(value).map(([name, item]) => {
    const field = shape.type === 'object' ? shape.fields[name] : shape.type === 'map' ? shape.items : undefined
    return { name, field, item: field ? pruneAt(field, item) : item }
  })
  const kept = entries.filter(({ field, item }) => !(shape.type === 'object' && field && saysNothing(field, item)))
  return Object.fromEntries(kept.map(({ name, item }) => [name, item]))
}

function saysNothing(field: z.core.$ZodType, value: unknown): boolean {
  return traitsOf(unwrap(field)).dropEmpty === true && isRecord(value) && Object.keys(value).length === 0
}

/** The value as the peer prints it. */
export function encode(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = unwrap(schema)
  const shape = shapeOf(inner)
  if (shape.type === 'list' && Array.isArray(value)) return value.map((item: unknown) => encode(shape.items, item))
  if (shape.type !== 'leaf' && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        const field = shape.type === 'object' ? shape.fields[name] : shape.type === 'map' ? shape.items : undefined
        return [name, field ? encode(field, item) : item]
      }),
    )
  }
  return traitsOf(inner).encode?.(value) ?? value
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A copy of JSON, so that what a caller hands in is never frozen. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]))
}

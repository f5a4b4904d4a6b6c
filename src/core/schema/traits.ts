import * as z from 'zod'

/** What the layer knows of a schema beyond zod: how its values are spelled, and how to say what was expected. */
export interface Traits {
  /** For people, after the word "expected": `a duration such as 10s`. */
  readonly expected?: string
  /** Brings an accepted spelling to the canonical one; gives back untouched what it can't read (the check then says why). */
  readonly decode?: (value: unknown) => unknown
  /** The canonical form as the peer prints it, where that is not the same. */
  readonly encode?: (value: unknown) => unknown
  /** The value that stands for "not set" and is never kept: proto3 scalars have one. */
  readonly zero?: unknown
  /** Of an object: other spelling of a field -> the field. */
  readonly aliases?: ReadonlyMap<string, string>
  /** Of an object: fields of which only the last one counts. A member that is set counts even when it is empty. */
  readonly oneofs?: readonly (readonly string[])[]
  /** Of a map: an empty one says nothing and is not stored. */
  readonly dropEmpty?: boolean
  /** A null for the field means that it is not set. */
  readonly nullIsAbsent?: boolean
  /** Of a number: whole ones only, where zod's own type doesn't say so. */
  readonly integer?: boolean
  /** What a null stands for inside a list or map. */
  readonly nullValue?: () => unknown
}

const registry = /* @__PURE__ */ z.registry<Traits>()

/** Attaches traits to a schema; refinements of it keep them. */
export function withTraits<S extends z.ZodType>(schema: S, traits: Traits): S {
  registry.add(schema, { ...registry.get(schema), ...traits } as never)
  return schema
}

export function traitsOf(schema: z.core.$ZodType): Traits {
  return (registry.get(schema as z.ZodType) as Traits | undefined) ?? {}
}

/** The schema inside of optional, default and lazy wrappers. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  for (let current = schema; ; ) {
    const { def } = (current as z.core.$ZodTypes)._zod
    if (def.type === 'optional' || def.type === 'default' || def.type === 'nullable' || def.type === 'readonly') current = def.innerType
    else if (def.type === 'lazy') current = def.getter()
    else return current
  }
}

/** The default that a wrapper of the schema gives, if any. */
export function defaultOf(schema: z.core.$ZodType): unknown {
  for (let current = schema; ; ) {
    const { def } = (current as z.core.$ZodTypes)._zod
    if (def.type === 'default') return def.defaultValue
    if (def.type === 'optional' || def.type === 'nullable') current = def.innerType
    else return undefined
  }
}

/** A schema's parts, as far as the layer's walkers care. */
export type Shape =
  | { readonly type: 'object'; readonly fields: Readonly<Record<string, z.core.$ZodType>> }
  | { readonly type: 'list' | 'map'; readonly items: z.core.$ZodType }
  | { readonly type: 'leaf' }

export function shapeOf(unwrapped: z.core.$ZodType): Shape {
  const { def } = (unwrapped as z.core.$ZodTypes)._zod
  if (def.type === 'object') return { type: 'object', fields: def.shape }
  if (def.type === 'array') return { type: 'list', items: def.element }
  if (def.type === 'record') return { type: 'map', items: def.valueType }
  return { type: 'leaf' }
}

import * as z from 'zod'
import type { Encoding } from '../../core/kind.js'
import { shapeOf, traitsOf, unwrap } from '../../core/schema/traits.js'

/** An OpenAPI v3 schema of the kind that CustomResourceDefinitions take: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/ */
export type StructuralSchema = Readonly<Record<string, unknown>>

export interface StructuralOptions {
  readonly encoding: Encoding
  /** Fields that aren't known are kept, not taken away: older spelling is read from them. */
  readonly open: boolean
  /** Fields at the top whose value may be anything, because it was of another shape in older spelling. */
  readonly untyped?: readonly string[]
}

/** Anything at all, kept as it is. */
export const anything: StructuralSchema = Object.freeze({ 'x-kubernetes-preserve-unknown-fields': true })

/**
 * What a schema of a spec says, as far as a structural schema can: types, enums, limits, patterns, required fields. Rules
 * that tie fields together are left to admission.
 */
export function structuralSchema(schema: z.core.$ZodType, options: StructuralOptions): StructuralSchema {
  return new Writer(options).write(schema, [])
}

class Writer {
  constructor(private readonly options: StructuralOptions) {}

  write(wrapped: z.core.$ZodType, within: readonly z.core.$ZodType[]): StructuralSchema {
    const schema = unwrap(wrapped)
    // A schema that holds itself has no end; CRDs know no references.
    if (within.includes(schema)) return anything
    const inside = [...within, schema]
    const shape = shapeOf(schema)
    const nullable = traitsOf(schema).nullIsAbsent ? { nullable: true } : {}
    if (shape.type === 'object') return { type: 'object', ...nullable, ...this.fields(schema, shape.fields, inside) }
    if (shape.type === 'list') return { type: 'array', ...nullable, ...listLimits(schema), items: this.write(shape.items, inside) }
    if (shape.type === 'map') return { type: 'object', ...nullable, ...this.values(shape.items, inside) }
    return this.leaf(schema, nullable)
  }

  private fields(schema: z.core.$ZodType, fields: Readonly<Record<string, z.core.$ZodType>>, inside: readonly z.core.$ZodType[]) {
    const untyped = inside.length === 1 ? (this.options.untyped ?? []) : []
    const written = Object.entries(fields).map(
      ([name, field]) => [name, untyped.includes(name) ? anything : this.write(field, inside)] as const,
    )
    const known = new Map(written)
    const aliases = [...(traitsOf(schema).aliases ?? [])].flatMap(([alias, name]) => {
      const target = known.get(name)
      return target === undefined ? [] : [[alias, target] as const]
    })
    const required = Object.entries(fields).flatMap(([name, field]) => (isOptional(field) ? [] : [name]))
    return {
      ...(written.length > 0 && { properties: Object.fromEntries([...written, ...aliases]) }),
      ...(required.length > 0 && { required }),
      ...(this.options.open && anything),
    }
  }

  private values(items: z.core.$ZodType, inside: readonly z.core.$ZodType[]): StructuralSchema {
    return { additionalProperties: this.write(items, inside) }
  }

  private leaf(schema: z.core.$ZodType, nullable: StructuralSchema): StructuralSchema {
    const json = z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Readonly<Record<string, unknown>>
    if (isIntOrString(json['anyOf'])) return { 'x-kubernetes-int-or-string': true }
    const { type } = json
    if (typeof type !== 'string') return anything
    const proto = this.options.encoding === 'proto'
    const values = json['enum']
    // proto3 JSON takes enums by number too, and numbers in quotes.
    if (Array.isArray(values)) {
      return proto ? { 'x-kubernetes-int-or-string': true, enum: [...values, ...values.keys()] } : { type, enum: values }
    }
    const limits = limitsOf(json)
    if (type === 'integer') return proto ? { 'x-kubernetes-int-or-string': true, ...nullable, ...limits } : { type, ...nullable, ...limits }
    if (type === 'number' && proto) return anything
    return { type: traitsOf(schema).integer ? 'integer' : type, ...nullable, ...limits }
  }
}

function isOptional(schema: z.core.$ZodType): boolean {
  return (schema as z.ZodType).safeParse(undefined).success
}

function isIntOrString(anyOf: unknown): boolean {
  const types = Array.isArray(anyOf) ? anyOf.map((one: { readonly type?: unknown }) => one.type) : []
  return types.length === 2 && types.includes('integer') && types.includes('string')
}

function listLimits(schema: z.core.$ZodType): StructuralSchema {
  const { minimum, maximum } = (schema as z.ZodArray)._zod.bag as { readonly minimum?: number; readonly maximum?: number }
  return { ...(minimum !== undefined && { minItems: minimum }), ...(maximum !== undefined && { maxItems: maximum }) }
}

/** What zod says of every whole number. */
const noLimits: readonly unknown[] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]

function limitsOf(json: Readonly<Record<string, unknown>>): StructuralSchema {
  const kept = ['minLength', 'maxLength', 'pattern', 'minimum', 'maximum'].flatMap((name) => {
    const value = json[name]
    return value === undefined || noLimits.includes(value) ? [] : [[name, value] as const]
  })
  return Object.fromEntries(kept)
}

import * as z from 'zod'
import { goDurationText, parseDuration } from '../duration.js'
import { withTraits } from './traits.js'

/*
 * Schemas of kinds that the peer checks against an OpenAPI schema and then decodes with Go's JSON. Fields are required unless
 * `.optional()` or `.default(...)` says otherwise. Messages are those of the peer's checker, without the field's path.
 */

type Fields = Readonly<Record<string, z.ZodType>>
type RawIssue = { readonly input?: unknown }

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}

/** Missing: required. Otherwise of the wrong type. */
function mustBe(type: string) {
  return ({ input }: RawIssue) => (input === undefined ? 'in body is required' : `in body must be of type ${type}: "${typeName(input)}"`)
}

export function object<F extends Fields>(fields: F): z.ZodObject<F> {
  return withTraits(z.object(fields as { -readonly [K in keyof F]: F[K] }, { error: mustBe('object') }) as z.ZodObject<F>, {
    expected: 'an object',
  })
}

export interface ListLimits {
  readonly min?: number
  readonly max?: number
}

export function list<S extends z.ZodType>(items: S, { min, max }: ListLimits = {}): z.ZodArray<S> {
  let schema = z.array(items, { error: mustBe('array') })
  if (min !== undefined) schema = schema.min(min, { error: `in body should have at least ${min} items` })
  if (max !== undefined) schema = schema.max(max, { error: `in body should have at most ${max} items` })
  return withTraits(schema, { expected: 'a list' })
}

export function map<S extends z.ZodType>(values: S): z.ZodRecord<z.ZodString, S> {
  return withTraits(z.record(z.string(), values, { error: mustBe('object') }), { expected: 'a map' })
}

export interface StringLimits {
  readonly minLength?: number
  readonly maxLength?: number
  /** Also what the message shows, so write it as the peer does. */
  readonly pattern?: RegExp
}

export function string({ minLength, maxLength, pattern }: StringLimits = {}): z.ZodString {
  let schema = z.string({ error: mustBe('string') })
  if (minLength !== undefined) schema = schema.min(minLength, { error: `in body should be at least ${minLength} chars long` })
  if (maxLength !== undefined) schema = schema.max(maxLength, { error: `in body should be at most ${maxLength} chars long` })
  if (pattern) schema = schema.regex(pattern, { error: `in body should match '${pattern.source}'` })
  return withTraits(schema, { expected: 'a text' })
}

export function boolean(): z.ZodBoolean {
  return withTraits(z.boolean({ error: mustBe('boolean') }), { expected: 'true or false' })
}

export interface NumberLimits {
  readonly min?: number
  readonly max?: number
}

export interface IntegerLimits extends NumberLimits {
  /** The only values that there are. */
  readonly oneOf?: readonly number[]
}

export function integer({ oneOf, ...limits }: IntegerLimits = {}): z.ZodNumber {
  let schema = z.number({ error: mustBe('integer') }).refine(Number.isInteger, { error: mustBe('integer') })
  if (oneOf) schema = schema.refine((value) => oneOf.includes(value), { error: `in body should be one of [${oneOf.join(' ')}]` })
  return withTraits(limited(schema, limits), { expected: `a whole number${range(limits)}`, integer: true })
}

export function number(limits: NumberLimits = {}): z.ZodNumber {
  return withTraits(limited(z.number({ error: mustBe('number') }), limits), { expected: `a number${range(limits)}` })
}

function limited(schema: z.ZodNumber, { min, max }: NumberLimits): z.ZodNumber {
  let result = schema
  if (min !== undefined) result = result.min(min, { error: `in body should be greater than or equal to ${min}` })
  if (max !== undefined) result = result.max(max, { error: `in body should be less than or equal to ${max}` })
  return result
}

function range({ min, max }: NumberLimits): string {
  return `${min === undefined ? '' : ` from ${min}`}${max === undefined ? '' : ` to ${max}`}`
}

export function enumeration<const V extends readonly [string, ...string[]]>(values: V): z.ZodEnum<z.core.util.ToEnum<V[number]>> {
  const schema = z.enum(values, {
    error: ({ input }: RawIssue) =>
      typeof input === 'string' ? `in body should be one of [${values.join(' ')}]` : mustBe('string')({ input }),
  })
  return withTraits(schema as unknown as z.ZodEnum<z.core.util.ToEnum<V[number]>>, { expected: `one of ${values.join(', ')}` })
}

/** Marks an issue of the second stage, which decodes what the OpenAPI schema let through. */
export const decodeStage = { stage: 'decode' } as const

/** Go's `metav1.Duration`, kept as Go prints it: `1m0s`, `500ms`. */
export function duration(): z.ZodString {
  const schema = z.string({ error: mustBe('string') }).refine((text) => parseDuration(text).ok, {
    params: decodeStage,
    error: ({ input }: RawIssue) => {
      const parsed = parseDuration(String(input))
      return parsed.ok ? '' : parsed.message
    },
  })
  return withTraits(schema, {
    expected: 'a duration such as 10s, 1m30s or 500ms',
    decode: (value) => {
      const parsed = typeof value === 'string' ? parseDuration(value) : undefined
      return parsed?.ok ? goDurationText(parsed.nanos) : value
    },
  })
}

/** Kubernetes' `IntOrString`: a whole number, or a text (percentages with decimals such as `"33.3"`). */
export function intOrString(): z.ZodUnion<readonly [z.ZodInt, z.ZodString]> {
  const schema = z.union([z.int(), z.string()], {
    error: ({ input }: RawIssue) => (input === undefined ? 'in body is required' : 'in body must validate at least one schema (anyOf)'),
  })
  return withTraits(schema, { expected: 'a whole number or a text' })
}

/** Any JSON (`x-kubernetes-preserve-unknown-fields`), kept as it is. */
export function json(): z.ZodUnknown {
  return z.unknown()
}
